import { NATIVE, type TokenName, tokenName } from "../../parts/values.tsx";

/** The chain's coin, which gas is paid in; where the node does not name it, it has eighteen decimals all the same. */
export function coin(tokens: Parameters<typeof tokenName>[1]): TokenName {
  const name = tokenName(NATIVE, tokens);
  return name.known ? name : { symbol: "of the chain's coin", decimals: 18, known: true };
}
