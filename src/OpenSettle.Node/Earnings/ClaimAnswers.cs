using System.Text.Json;

namespace OpenSettle.Node.Earnings;

/// <summary>What an account can claim, as transactions that a wallet takes as they are, and as data that it can sign for somebody else to send.</summary>
/// <param name="Block">The last final block in the books: what was claimed after it is not known here.</param>
/// <param name="Epoch">The active epoch that the proofs are of.</param>
/// <param name="Recipient">Where claims go that name no other address: the account, or what it set.</param>
/// <param name="To">Where the single claims and the signed data go; the same, where the query does not name another.</param>
/// <param name="Nonce">The account's, which its signatures carry.</param>
/// <param name="All">All claims in one transaction, to the recipient; null where there are none. Anybody may send it.</param>
/// <param name="Pushes">Pushes that were refused: the account takes them itself.</param>
internal sealed record ClaimAnswer(
    string Account, ulong ChainId, string Vault, ulong? Block, ulong Epoch, string Root, string Recipient, string To, string Nonce, TransactionText? All, IReadOnlyList<ClaimOffer> Claims,
    IReadOnlyList<PushOffer> Pushes);

/// <param name="From">Who has to send it; null: anybody.</param>
/// <param name="To">The vault.</param>
/// <param name="Value">In wei, and always 0.</param>
internal sealed record TransactionText(string? From, string To, string Function, string Data, string Value = "0");

/// <param name="Amount">What it pays.</param>
/// <param name="Cumulative">All that the account ever earned in leaves: what is proven.</param>
/// <param name="ToSelf">The claim alone, to the recipient. Anybody may send it.</param>
/// <param name="ToOther">The claim alone, to the address that the query names. The account sends it.</param>
/// <param name="TypedData">What the account signs (<c>eth_signTypedData_v4</c>) so that somebody else sends it, with <c>claimSigned</c>.</param>
/// <param name="Digest">The hash that is signed.</param>
internal sealed record ClaimOffer(
    string Token, string Symbol, int Decimals, string Amount, string Cumulative, IReadOnlyList<string> Proof, TransactionText ToSelf, TransactionText? ToOther, JsonElement TypedData, string Digest);

internal sealed record PushOffer(ulong Epoch, ulong Entry, string Token, string Symbol, int Decimals, string Amount, string Recipient, IReadOnlyList<string> Proof, TransactionText Take);
