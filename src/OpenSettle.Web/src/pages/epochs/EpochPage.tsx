import { useTitle } from "../../app/title.ts";
import { Heading } from "../../parts/basics.tsx";

export default function EpochPage() {
  useTitle("Epoch");
  return <Heading title="Epoch" />;
}
