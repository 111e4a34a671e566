import { useTitle } from "../../app/title.ts";
import { to } from "../../app/router.ts";
import { Heading } from "../../parts/basics.tsx";

export default function Missing() {
  useTitle("Not found");
  return (
    <>
      <Heading title="There is nothing at this address" />
      <p>
        Check that it was copied whole. Accounts have 0x and 40 hexadecimal digits, models and transactions 0x and 64. Or look it up in the field above, or go{" "}
        <a href={to.overview()}>to the overview</a>.
      </p>
    </>
  );
}
