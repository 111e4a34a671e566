import { useTitle } from "../../app/title.ts";
import { Heading } from "../../parts/basics.tsx";

export default function Ops() {
  useTitle("Operate");
  return <Heading title="Operate" />;
}
