/** Something that the reader can mend; the message is one line that says what and how. */
export class Refusal extends Error {
  constructor(message, exitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** A setting is wrong. */
export const badInput = (message) => new Refusal(message, 2);
/** The chain is not as it should be. */
export const chainTrouble = (message) => new Refusal(message, 3);
export const say = (line) => process.stderr.write(`${line}\n`);
