import { useTitle } from "../../app/title.ts";
import { Heading } from "../../parts/basics.tsx";

export default function SearchPage() {
  useTitle("Search");
  return <Heading title="Search" />;
}
