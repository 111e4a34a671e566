import { useTitle } from "../../app/title.ts";
import { Heading } from "../../parts/basics.tsx";

export default function ModelPage() {
  useTitle("Model");
  return <Heading title="Model" />;
}
