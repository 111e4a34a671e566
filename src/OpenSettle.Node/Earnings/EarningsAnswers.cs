namespace OpenSettle.Node.Earnings;

/// <summary>A token as people know it.</summary>
internal sealed record TokenText(string Token, string Symbol, int Decimals);

/// <summary>What an account earned, all that was settled of it, and where the money is.</summary>
/// <param name="Epoch">The newest active epoch: what is earned is as of it.</param>
/// <param name="Block">The last final block in the books.</param>
/// <param name="Tokens">By token. The figures of one token are different states of its money, and are never added.</param>
/// <param name="Models">Of the entries that the query asks for, by model, token and role.</param>
/// <param name="Series">Of those, by epoch and token, oldest first.</param>
/// <param name="Entries">Those, newest first.</param>
/// <param name="Next">What <c>before</c> has to be for the next page; null: this is the last.</param>
/// <param name="Undivided">Payments that no epoch has yet; null where there are none.</param>
internal sealed record EarningsAnswer(
    string Account, ulong Epoch, ulong? Block, UndividedPayments? Undivided, IReadOnlyList<TokenEarnings> Tokens, IReadOnlyList<ModelEarnings> Models, IReadOnlyList<EpochEarnings> Series,
    IReadOnlyList<EarningEntry> Entries, string? Next);

/// <param name="Earned">All that active epochs gave.</param>
/// <param name="Claimable">In the leaf of the active epoch and not claimed: it can be had now.</param>
/// <param name="BelowLeaf">Earned, and still less than the token's smallest leaf: it waits for more.</param>
/// <param name="SmallestLeaf">That.</param>
/// <param name="PushWaiting">Assigned to pushes that were not paid yet: the node pays it, or the account takes it.</param>
/// <param name="InWindow">What the next epoch gives, where it is built and not active yet; it is in no other figure.</param>
/// <param name="Coming">What payments that no epoch has yet would give, if they were divided now: an estimate, and in no other figure.</param>
internal sealed record TokenEarnings(
    string Token, string Symbol, int Decimals, string Earned, string Claimable, string BelowLeaf, string? SmallestLeaf, string PushWaiting, PaidSums Paid, WindowEarnings? InWindow,
    ComingSums? Coming);

/// <param name="Final">Of payments in final blocks.</param>
/// <param name="NotFinal">What those add that are in blocks which may still go.</param>
internal sealed record ComingSums(string Final, string NotFinal);

/// <param name="Final">How many are in final blocks: in the vault, or waiting for a sweep.</param>
/// <param name="NotFinal">How many are in blocks that may still go.</param>
/// <param name="Estimated">Whether what they would give was worked out; where there are too many it is not.</param>
internal sealed record UndividedPayments(long Final, long NotFinal, bool Estimated);

internal sealed record PaidSums(string Total, string ByClaim, string ByPush);

/// <param name="Amount">Earned by it.</param>
/// <param name="Payable">What it makes payable, of this and of what waited below the leaf.</param>
/// <param name="ReadyAt">Block time in seconds from which it can be activated; null before it is proposed.</param>
internal sealed record WindowEarnings(ulong Epoch, string State, string Amount, string Payable, ulong? ReadyAt);

/// <param name="Name">As its owner claims it; null where the node knows none.</param>
/// <param name="By"><c>rows</c>: by rows of the split; <c>pool</c>: by influence, or by the fallback rows.</param>
/// <param name="Roles">The account's roles; several where it has several rows, which the books do not tell apart.</param>
internal sealed record ModelEarnings(string Model, ulong? Number, string? Name, string Token, string By, IReadOnlyList<string> Roles, string Earned, int Epochs, ulong LastEpoch);

/// <param name="Time">Of the epoch's last block, in seconds.</param>
internal sealed record EpochEarnings(ulong Epoch, ulong? Time, string Token, string Earned);

internal sealed record EarningEntry(ulong Epoch, ulong? Time, string Model, ulong? Number, string Token, string By, IReadOnlyList<string> Roles, string Amount);

/// <summary>What was paid out to an account, newest first.</summary>
internal sealed record PayoutsAnswer(string Account, ulong? Block, IReadOnlyList<PayoutEntry> Payouts, string? Next);

/// <param name="How"><c>claim</c>, <c>push</c>, or <c>take</c>: a push that the account took itself.</param>
/// <param name="To">Where the money went.</param>
/// <param name="Epoch">Of a push: whose entry it was.</param>
internal sealed record PayoutEntry(string How, ulong Block, uint LogIndex, ulong? Time, string? Transaction, string Token, string Symbol, int Decimals, string Amount, string? To, ulong? Epoch);
