/** Carries out what the machine asks for: asks the wallet, looks after what was sent, and tells the machine. */

import type { Address } from "viem";
import type { Relayed, SignedClaim } from "../../../api/relay.ts";
import { claimTypedData } from "../../../chain/calls.ts";
import { type Rpc, RpcError, bytes, hexOf, mustBeOn, quantity } from "../../../chain/rpc.ts";
import { refusalOf } from "../../../chain/reverts.ts";
import { callsStatus, sendCalls } from "../../../wallet/calls.ts";
import { type Trouble, troubleOf } from "../../../wallet/refusals.ts";
import { type Sent, isFinal, outcomeOf, paymentsOf } from "../../../wallet/watch.ts";
import { type Done, type Effect, type Event, type Machine, START, type Signed, type State, type Trail, next } from "./machine.ts";
import { gasOf, sendParams } from "./quote.ts";
import { declined, ofNode, standing } from "./relaying.ts";
import type { Job, Step } from "./steps.ts";

/** What stops a press, in words. */
export class Stop extends Error {
  readonly trouble: Trouble;

  constructor(trouble: Trouble) {
    super(trouble.title);
    this.name = "Stop";
    this.trouble = trouble;
  }
}

/** What the engine has around it; tests give it their own. */
export interface World {
  chainId: number;
  vault: Address;
  /** The wallet, where one is connected. */
  wallet(): { rpc: Rpc; from: Address } | null;
  /** Whom to ask about what was sent: the wallet while it is on the chain, else the page's endpoint, else nobody. */
  reader(): Rpc | null;
  /** Plans anew and tries it; throws a Stop where nothing may be sent. */
  prepare(job: Job, seen: string): Promise<readonly Step[]>;
  handIn(claims: readonly SignedClaim[]): Promise<Relayed[]>;
  relayed(id: string): Promise<Relayed>;
  keep(what: string, trail: Trail): void;
  forget(): void;
  /** Something changed in the vault. */
  reread(): void;
  wait(milliseconds: number): Promise<void>;
  now(): number;
}

const SOON_MS = 1_000;
const LATER_MS = 3_000;
const SOON_FOR_MS = 30_000;
/** An endpoint may not have heard of a transaction for so long. */
const LOST_AFTER_MS = 45_000;
const FINAL_EVERY_MS = 5_000;
const FINAL_FOR_MS = 3_600_000;

export class ClaimEngine {
  readonly #world: World;
  readonly #tell: (state: State) => void;
  #machine: Machine = START;
  #ended = false;
  /** Whose steps were prepared: with another account of the wallet they mean something else. */
  #preparedFor: Address | null = null;

  constructor(world: World, tell: (state: State) => void) {
    this.#world = world;
    this.#tell = tell;
  }

  get state(): State {
    return this.#machine.state;
  }

  dispatch(event: Event): void {
    if (this.#ended) return;
    const [machine, effects] = next(this.#machine, event);
    const changed = machine !== this.#machine;
    this.#machine = machine;
    if (changed) this.#tell(machine.state);
    effects.forEach((effect) => this.#carryOut(effect));
  }

  /** What was sent goes on without this page, and is found again. */
  end(): void {
    this.#ended = true;
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case "prepare":
        void this.#prepare(effect.run, effect.job, effect.seen);
        break;
      case "ask":
        void this.#ask(effect);
        break;
      case "follow":
        void this.#follow(effect.run, effect.at, effect.trail);
        break;
      case "settle":
        void this.#settle(effect);
        break;
      case "keep":
        this.#world.keep(effect.what, effect.trail);
        break;
      case "forget":
        this.#world.forget();
        break;
      case "reread":
        this.#world.reread();
        break;
    }
  }

  async #prepare(run: number, job: Job, seen: string): Promise<void> {
    try {
      const from = this.#world.wallet()?.from ?? null;
      const steps = await this.#world.prepare(job, seen);
      if (run === this.#machine.state.run) this.#preparedFor = from;
      this.dispatch({ type: "prepared", run, steps });
    } catch (error) {
      this.dispatch({ type: "refused", run, trouble: error instanceof Stop ? error.trouble : troubleOf(error) });
    }
  }

  async #ask({ run, at, step, signatures }: Extract<Effect, { type: "ask" }>): Promise<void> {
    try {
      if (step.kind === "hand") return await this.#handIn(run, at, signatures);
      const wallet = this.#world.wallet();
      if (wallet === null) throw new Stop({ kind: "other", title: "The wallet is no longer connected", remedy: "Connect it again, and press once more." });
      const { rpc, from } = wallet;
      if (from !== this.#preparedFor) throw new Stop({ kind: "changed", title: "The wallet changed to another account meanwhile", remedy: "What waited was not sent. Choose the account that you want, look at the figures, and press again." });
      // It may have changed over since the page looked.
      await mustBeOn(rpc, this.#world.chainId);
      if (step.kind === "sign") {
        const signature = bytes(await rpc.request({ method: "eth_signTypedData_v4", params: [from, claimTypedData(step.claim)] }));
        if (signature === "0x") throw new RpcError("the wallet gave no signature", 0);
        this.dispatch({ type: "signed", run, at, signature });
      } else if (step.kind === "batch") {
        const id = await sendCalls(rpc, { from, chainId: this.#world.chainId, calls: step.calls, paymaster: step.paymaster });
        this.dispatch({ type: "sent", run, at, trail: { kind: "batch", id } });
      } else {
        const sentAt = Number(quantity(await rpc.request({ method: "eth_blockNumber" })));
        const gas = await gasOf(rpc, from, step.call);
        const hash = bytes(await rpc.request({ method: "eth_sendTransaction", params: [sendParams(from, step.call, gas)] }));
        // Kept at once: what is found out of it besides may take a moment, and the page may be closed in it.
        const sent: Sent = { hash, from, nonce: null, call: step.call, sentAt };
        this.dispatch({ type: "sent", run, at, trail: { kind: "transaction", sent } });
      }
    } catch (error) {
      this.dispatch({ type: "failed", run, at, trouble: error instanceof Stop ? error.trouble : troubleOf(error) });
    }
  }

  async #handIn(run: number, at: number, signatures: readonly Signed[]): Promise<void> {
    const claims = signatures.flatMap(({ step, signature }): SignedClaim[] =>
      step.kind === "sign" ? [{ account: step.claim.account, token: step.claim.token, cumulative: step.claim.cumulative.toString(), to: step.claim.to, deadline: step.claim.deadline, signature }] : [],
    );
    let answers: Relayed[];
    try {
      answers = await this.#world.handIn(claims);
    } catch (error) {
      throw new Stop(ofNode(error));
    }

    const ids = answers.flatMap(({ id, state }) => (id !== null && state !== "declined" ? [id] : []));
    const no = answers.find(({ state }) => state === "declined");
    if (ids.length === 0) throw new Stop(declined(no ?? { id: null, state: "declined", transaction: null, amount: null, block: null, note: null, code: null, reason: null }));
    this.dispatch({ type: "sent", run, at, trail: { kind: "relay", ids } });
    if (no !== undefined) this.dispatch({ type: "seen", run, at, note: `Not all were taken. ${declined(no).title}.` });
  }

  /** Whether what is followed is still what the machine waits for. */
  #isCurrent(run: number, at: number, trail: Trail): boolean {
    const { state } = this.#machine;
    const progress = state.progress[at];
    return !this.#ended && state.run === run && progress?.at === "following" && progress.trail === trail;
  }

  async #follow(run: number, at: number, trail: Trail): Promise<void> {
    const begun = this.#world.now();
    let note: string | null = null;
    for (let current: Trail = trail; ; ) {
      await this.#world.wait(this.#world.now() - begun < SOON_FOR_MS ? SOON_MS : LATER_MS);
      if (!this.#isCurrent(run, at, trail)) return;
      let event: Event | null;
      try {
        event = trail.kind === "relay" ? await this.#lookAtRelay(run, at, trail.ids) : await this.#look(run, at, current, begun);
      } catch (error) {
        event = { type: "seen", run, at, note: trail.kind === "relay" ? `${ofNode(error).title}. It is asked again.` : "The chain's endpoint does not answer right now. It is asked again." };
      }

      if (!this.#isCurrent(run, at, trail)) return;
      if (current.kind === "transaction" && current.sent.nonce === null) current = await this.#numbered(at, current);
      if (event === null) {
        if (note !== null) this.dispatch({ type: "seen", run, at, note: null, lost: false });
        note = null;
      } else if (event.type !== "seen") return this.dispatch(event);
      else {
        this.dispatch(event);
        note = event.note ?? note;
      }
    }
  }

  async #look(run: number, at: number, trail: Trail, begun: number): Promise<Event | null> {
    const rpc = trail.kind === "batch" ? (this.#world.wallet()?.rpc ?? null) : this.#world.reader();
    if (rpc === null) return { type: "seen", run, at, note: trail.kind === "batch" ? "Connect the wallet that sent it, to see what became of it." : "Connect a wallet on this chain, to see what became of it." };
    if (trail.kind === "batch") {
      const status = await callsStatus(rpc, trail.id);
      if (status.state === "waiting") return null;
      if (status.state === "mined") return { type: "done", run, at, done: this.#done(status.hash, status.block, status.logs) };
      const words = status.code === 400 ? "The wallet could not send it." : "The vault refused it.";
      return { type: "failed", run, at, hash: status.hash, trouble: { kind: "reverted", title: "The batch was not carried out", remedy: `${words} Nothing was paid by it. Look at the figures, and try again.` } };
    }

    if (trail.kind !== "transaction") return null;
    await mustBeOn(rpc, this.#world.chainId);
    const outcome = await outcomeOf(rpc, trail.sent);
    switch (outcome.state) {
      case "waiting":
        return null;
      case "unknown":
        return this.#world.now() - begun > LOST_AFTER_MS
          ? { type: "seen", run, at, lost: true, note: "The chain's endpoint does not know this transaction: it may wait for other owners of the wallet, or have been dropped. Look into the wallet. To claim once more does no harm: the vault pays once." }
          : null;
      case "mined":
        return { type: "done", run, at, done: this.#done(outcome.hash, outcome.block, outcome.logs) };
      case "reverted":
        return { type: "failed", run, at, hash: outcome.hash, trouble: await this.#whyReverted(rpc, trail.sent, outcome.block) };
      case "replaced":
        if (outcome.by !== null && outcome.isSame) return { type: "replaced", run, at, trail: { kind: "transaction", sent: { ...trail.sent, hash: outcome.by } } };
        return { type: "failed", run, at, hash: outcome.by, trouble: { kind: "other", title: "Another transaction took its place", remedy: "It was cancelled or replaced in the wallet. The figures are read anew; press again if you want to." } };
    }
  }

  /** With the number and the sender that it has on the chain: a contract's wallet sends by somebody else's account. */
  async #numbered(at: number, trail: Extract<Trail, { kind: "transaction" }>): Promise<Trail> {
    try {
      const found = (await this.#world.reader()?.request({ method: "eth_getTransactionByHash", params: [trail.sent.hash] })) as { nonce?: unknown; from?: unknown } | null | undefined;
      if (typeof found?.from !== "string") return trail;
      const sent: Sent = { ...trail.sent, nonce: Number(quantity(found.nonce)), from: found.from as Address };
      this.#world.keep(this.#machine.state.steps[at]?.what ?? "", { kind: "transaction", sent });
      return { kind: "transaction", sent };
    } catch {
      return trail;
    }
  }

  async #lookAtRelay(run: number, at: number, ids: readonly string[]): Promise<Event | null> {
    const claims = await Promise.all(ids.map((id) => this.#world.relayed(id)));
    const words = standing(claims);
    const hash = claims.find(({ transaction }) => transaction !== null)?.transaction ?? null;
    if (words !== null) return { type: "seen", run, at, hash, note: words };
    const no = claims.find(({ state }) => state === "declined");
    if (claims.every(({ state }) => state === "declined") && no !== undefined) return { type: "failed", run, at, trouble: declined(no) };
    const block = claims.find(({ block }) => block !== null)?.block ?? null;
    const note = no === undefined ? (claims.find(({ note }) => note !== null)?.note ?? null) : `Not all were paid. ${declined(no).title}.`;
    return { type: "done", run, at, done: { ...(await this.#ofHash(hash)), hash, block: block === null ? null : BigInt(block), note } };
  }

  /** The vault's own words on what the node brought, where the chain can be asked. */
  async #ofHash(hash: string | null): Promise<Done> {
    const none: Done = { hash, block: null, payments: [], note: null };
    try {
      const receipt = hash === null ? null : ((await this.#world.reader()?.request({ method: "eth_getTransactionReceipt", params: [hash] })) as { logs?: unknown } | null | undefined);
      return Array.isArray(receipt?.logs) ? { ...none, payments: paymentsOf(receipt.logs, this.#world.vault) } : none;
    } catch {
      return none;
    }
  }

  #done(hash: string | null, block: bigint | null, logs: unknown[]): Done {
    return { hash, block, payments: paymentsOf(logs, this.#world.vault), note: null };
  }

  async #whyReverted(rpc: Rpc, { from, call }: Sent, block: bigint): Promise<Trouble> {
    try {
      await rpc.request({ method: "eth_call", params: [{ from, to: call.to, data: call.data }, hexOf(block)] });
    } catch (error) {
      const refusal = error instanceof RpcError ? refusalOf(error) : null;
      if (refusal !== null) return { kind: "reverted", title: `It was mined and refused: ${refusal.title.charAt(0).toLowerCase()}${refusal.title.slice(1)}`, remedy: `Nothing was paid by it; its gas is spent. ${refusal.remedy}` };
    }

    return { kind: "reverted", title: "It was mined, and the vault refused it", remedy: "Nothing was paid by it; its gas is spent. It may have had too little gas. Look at the figures, and try again." };
  }

  /** Until the chain cannot take it back any more. */
  async #settle({ run, at, done, trail }: Extract<Effect, { type: "settle" }>): Promise<void> {
    const begun = this.#world.now();
    const { block, hash } = done;
    if (block === null) this.#world.forget();
    while (block !== null && this.#world.now() - begun < FINAL_FOR_MS) {
      await this.#world.wait(FINAL_EVERY_MS);
      if (this.#ended || this.#machine.state.run !== run) return;
      const rpc = this.#world.reader();
      if (rpc === null) continue;
      try {
        const final = await isFinal(rpc, block);
        // Where the chain does not say what is final, mined is all that can be waited for.
        if (final === null) return this.#world.forget();
        if (!final) continue;
        const receipt = hash === null ? {} : await rpc.request({ method: "eth_getTransactionReceipt", params: [hash] });
        this.dispatch((receipt === null || receipt === undefined) && trail !== null ? { type: "unmined", run, at, trail } : { type: "final", run, at });
        return;
      } catch {
        // Asked again.
      }
    }
  }
}
