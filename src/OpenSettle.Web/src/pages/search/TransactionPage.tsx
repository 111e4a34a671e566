import { useTitle } from "../../app/title.ts";
import { Heading } from "../../parts/basics.tsx";

export default function TransactionPage() {
  useTitle("Transaction");
  return <Heading title="Transaction" />;
}
