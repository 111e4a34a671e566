/** Where this page reads the chain: the endpoint that the node's operator set for it, besides any wallet. */

import { type Rpc, endpointRpc } from "../chain/rpc.ts";

let endpoint: { url: string; rpc: Rpc } | undefined;

/** The address that the node wrote into the page, or null: it may name none, and only http and https are asked. */
export function pageRpcUrl(): string | null {
  const said = document.querySelector<HTMLMetaElement>('meta[name="opensettle-rpc"]')?.content.trim() ?? "";
  if (said === "") return null;
  try {
    const url = new URL(said, document.baseURI);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

/** The endpoint of the page, or null. What it says is as good as its operator; a wallet's own endpoint is somebody else's. */
export function pageRpc(): Rpc | null {
  const url = pageRpcUrl();
  if (url === null) return null;
  if (endpoint?.url !== url) endpoint = { url, rpc: endpointRpc(url) };
  return endpoint.rpc;
}
