import { useTitle } from "../../app/title.ts";
import { Heading } from "../../parts/basics.tsx";

export default function Epochs() {
  useTitle("Epochs");
  return <Heading title="Epochs" />;
}
