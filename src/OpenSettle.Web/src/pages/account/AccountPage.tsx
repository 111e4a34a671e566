import { useTitle } from "../../app/title.ts";
import { Heading } from "../../parts/basics.tsx";

export default function AccountPage() {
  useTitle("Account");
  return <Heading title="Account" />;
}
