/** What the node stands on: chains, keys, endpoints, money, usage that waits, copies. */

import { type Chain, type Operations, getRelay } from "../../api/ops.ts";
import type { Alert } from "../../api/status.ts";
import { asApiError } from "../../api/ask.ts";
import { useResource } from "../../app/resource.ts";
import { Empty, Loaded, Pairs, Pill, Section, Stat, Stats, Table } from "../../parts/basics.tsx";
import { AccountLink, ModelLink } from "../../parts/links.tsx";
import { Money, Outside, Time, tokenName } from "../../parts/values.tsx";
import { counted, ended, grouped, shortHex } from "../../text/format.ts";
import { RetryAction } from "./Actions.tsx";
import { coins } from "./Pipeline.tsx";
import { balanceWords, endpointWords, holdWords } from "./words.ts";

export function Alerts({ alerts }: { alerts: readonly Alert[] }) {
  return (
    <Section title="Alerts">
      <div aria-live="polite">
        {alerts.length === 0 ? (
          <Empty title="Nothing waits for you">What a person has to see to shows here as soon as the node knows it.</Empty>
        ) : (
          <ul class="lines">
            {alerts.map((alert) => (
              <li key={alert.name}>
                <Pill kind="warn">alert</Pill>
                <span class="line-text">
                  <Outside text={ended(alert.message)} most={500} />
                  <span class="note">
                    <Outside text={alert.name} most={120} />
                    {alert.since === null || Number.isNaN(Date.parse(alert.since)) ? null : <>, since <Time at={Math.floor(Date.parse(alert.since) / 1000)} /></>}
                  </span>
                </span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Section>
  );
}

/** Of one chain the figures above say all. */
export function Chains({ chains }: { chains: readonly Chain[] }) {
  if (chains.length < 2) return null;
  return (
    <Section title="Chains of this process">
      <Table label="Chains" head={["Chain", "State", { title: "Head", class: "number" }, { title: "Final", class: "number" }, "Its page"]}>
        {chains.map((chain) => (
          <tr key={chain.path}>
            <td>
              {chain.name ?? "the only one"} <span class="note">{chain.chainId}</span>
            </td>
            <td>
              <Pill kind={chain.stopped !== null ? "bad" : chain.ready ? "good" : "warn"}>{chain.stopped !== null ? "stopped" : chain.ready ? "settles" : "not ready"}</Pill>
              {chain.stopped === null ? null : <span class="note"> <Outside text={chain.stopped} most={200} /></span>}
            </td>
            <td class="number">{chain.head === null ? "–" : grouped(chain.head)}</td>
            <td class="number">{chain.final === null ? "–" : grouped(chain.final)}</td>
            <td><a href={`${chain.path}/ops`}>Operate {chain.name}</a></td>
          </tr>
        ))}
      </Table>
    </Section>
  );
}

export function MoneyByToken({ tokens }: { tokens: Operations["tokens"] }) {
  return (
    <Section title="Money by token" note="Each unit that came in is in exactly one of the states from unswept to paid.">
      {tokens.length === 0 ? (
        <Empty title="No money has come in yet">Once somebody pays a model, each token shows here with where its money is.</Empty>
      ) : (
        <Table
          label="Where the money is"
          head={["Token", { title: "Unswept", class: "number" }, { title: "Undivided", class: "number" }, { title: "Waits for a table", class: "number" }, { title: "Owed", class: "number" }, { title: "Paid", class: "number" }, { title: "Received", class: "number" }, "Books"]}
        >
          {tokens.map((row) => {
            const token = tokenName(row.token, tokens);
            // The first column names it once.
            const bare = { ...token, known: false };
            return (
              <tr key={row.token}>
                <td title={row.token}>{token.known ? token.symbol : shortHex(row.token)}</td>
                {[row.unswept, row.undivided, row.suspense, row.owed, row.paid, row.received].map((amount, i) => (
                  <td class="number" key={i}>{amount === 0n ? <span class="dim">0</span> : <Money value={amount} token={bare} />}</td>
                ))}
                <td><Pill kind={row.balanced ? "good" : "bad"}>{row.balanced ? "balance" : "do not balance"}</Pill></td>
              </tr>
            );
          })}
        </Table>
      )}
    </Section>
  );
}

export const Signers = ({ signers }: { signers: Operations["signers"] }) => (
  <Section title="Signers">
    <ul class="lines">
      {signers.map((signer) => {
        const said = balanceWords(signer);
        return (
          <li key={`${signer.role} ${signer.address}`}>
            <span class="line-text tight">
              {signer.role === "operator" ? "Operator" : "Attestor"} <AccountLink account={signer.address} />
              <span class="note">{signer.role === "operator" ? "pays for every transaction" : "signs, and pays nothing"}</span>
            </span>
            {signer.balance === null ? (
              signer.why === null ? null : <span class="note">Its balance is not known: <Outside text={signer.why} most={200} /></span>
            ) : (
              <span class="line-text">
                <span class="figure">{coins(signer.balance)}</span> {said === null ? null : <Pill kind={said.kind}>{said.word}</Pill>}
                <span class="note">
                  {said?.note} {signer.asOf === null ? null : <>As of <Time at={signer.asOf} />.</>} {signer.why === null ? null : <Outside text={ended(signer.why)} most={200} />}
                </span>
              </span>
            )}
          </li>
        );
      })}
    </ul>
  </Section>
);

export const Endpoints = ({ endpoints }: { endpoints: Operations["endpoints"] }) => (
  <Section title="Endpoints of the chain">
    <Table label="Endpoints" head={["Endpoint", "State", { title: "Latency", class: "number" }, { title: "Head", class: "number" }, { title: "Failures", class: "number" }]}>
      {endpoints.map((endpoint) => {
        const said = endpointWords(endpoint);
        return (
          <tr key={endpoint.name}>
            <td class="uri"><Outside text={endpoint.name} most={120} /></td>
            <td>
              <span title={said.note}><Pill kind={said.kind}>{said.word}</Pill></span>
              {endpoint.why === null ? null : <span class="note block"><Outside text={endpoint.why} most={200} /></span>}
              {endpoint.askedAgain === null ? null : <span class="note block">asked again <Time at={endpoint.askedAgain} /></span>}
            </td>
            <td class="number">{endpoint.latencyMilliseconds === null ? "–" : `${grouped(endpoint.latencyMilliseconds)} ms`}</td>
            <td class="number">{endpoint.head === null ? "–" : grouped(endpoint.head)}</td>
            <td class="number">{grouped(endpoint.failures)}</td>
          </tr>
        );
      })}
    </Table>
  </Section>
);

export function Usage({ quarantine, ingest }: Pick<Operations, "quarantine" | "ingest">) {
  return (
    <Section title="Usage">
      <Stats>
        <Stat name="Events" note="since the beginning">{grouped(ingest.events)}</Stat>
        <Stat name="Last minute" note="about">{grouped(ingest.lastMinute)}</Stat>
        <Stat name="Last quarter of an hour" note="as far as the node runs">{grouped(ingest.lastQuarter)}</Stat>
        <Stat name="Conflicts" note="the same id with another content: refused">{grouped(ingest.conflicts)}</Stat>
      </Stats>
      <h3 class="under">Waits before it counts</h3>
      {quarantine.groups.length === 0 ? (
        <Empty title="No usage waits">Events of models that nobody registered, of gateways that no model lists, and of strange times wait here until they count.</Empty>
      ) : (
        <>
          <Table label="Usage that waits" head={["Why", { title: "Events", class: "number" }, "Model", "Gateway"]}>
            {quarantine.groups.map((group) => {
              const { why, remedy } = holdWords(group.reason);
              return (
                <tr key={`${group.reason} ${group.model} ${group.gateway.id}`}>
                  <td class="uri">{why}<span class="note block">{remedy}</span></td>
                  <td class="number">{grouped(group.events)}</td>
                  <td><ModelLink model={group.model} /></td>
                  <td>{group.gateway.address === null ? `number ${group.gateway.id}` : <AccountLink account={group.gateway.address} />}</td>
                </tr>
              );
            })}
          </Table>
          <RetryAction />
        </>
      )}
    </Section>
  );
}

export function Rest({ ops }: { ops: Operations }) {
  const relay = useResource("relay", `${Math.floor(Date.now() / 30_000)}`, async (signal) => {
    try {
      return await getRelay(signal);
    } catch (error) {
      // A deployment without its contract has none.
      if (asApiError(error).status === 404) return null;
      throw error;
    }
  });
  return (
    <>
      <Section title="Reorganisations">
        {ops.reorgs.length === 0 ? (
          <Empty title="None since the start">Blocks that were not final and went show here. What the books have is final, and never goes.</Empty>
        ) : (
          <Table label="Blocks that went" head={["When", { title: "Blocks that went", class: "number" }, { title: "Last that stayed", class: "number" }]}>
            {ops.reorgs.map((reorg, i) => (
              <tr key={i}>
                <td>{reorg.at === null ? "–" : <Time at={reorg.at} />}</td>
                <td class="number">{grouped(reorg.blocks)}</td>
                <td class="number">{reorg.tip === null ? "–" : grouped(reorg.tip)}</td>
              </tr>
            ))}
          </Table>
        )}
      </Section>
      <Section title="Beside settlement">
        <Loaded of={relay} rows={1}>
          {(value) => (
            <Pairs
              of={[
                [
                  "Copies of bundles",
                  ops.mirrors.length === 0 ? (
                    <span class="dim">none: bundleMirrors names no place</span>
                  ) : (
                    <ul>
                      {ops.mirrors.map((mirror) => (
                        <li key={mirror.name}>
                          <Outside text={mirror.name} most={120} /> <Pill kind={mirror.alert === null ? "good" : "warn"}>{mirror.alert === null ? "well" : "look"}</Pill>
                          {mirror.alert === null ? null : <span class="note"><Outside text={mirror.alert} most={300} /></span>}
                        </li>
                      ))}
                    </ul>
                  ),
                ],
                [
                  "Relay of signed claims",
                  value === null ? <span class="dim">not in this deployment</span> : value.on ? <span>on; {coins(value.budgetLeft)} left of {coins(value.budget)} for 24 hours</span> : <span class="dim">off: the setting relay turns it on</span>,
                ],
                ["Listeners of the stream", counted(ops.listeners, "client")],
              ]}
            />
          )}
        </Loaded>
      </Section>
    </>
  );
}
