import { useTitle } from "../../app/title.ts";
import { Heading } from "../../parts/basics.tsx";

export default function Compare() {
  useTitle("Compare");
  return <Heading title="Compare" />;
}
