import { useTitle } from "../../app/title.ts";
import { Heading } from "../../parts/basics.tsx";

export default function Payments() {
  useTitle("Payments");
  return <Heading title="Payments" />;
}
