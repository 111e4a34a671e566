import { useTitle } from "../../app/title.ts";
import { Heading } from "../../parts/basics.tsx";

export default function Find() {
  useTitle("Find");
  return <Heading title="Find" />;
}
