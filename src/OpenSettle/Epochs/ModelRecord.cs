using System.Text;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Epochs;

/// <summary>What one model did in one epoch: what the epoch's record root commits to, and a buyer can look up.</summary>
/// <param name="Uses">Events that count.</param>
/// <param name="PaidUses">Of these, those that name a payment of the model that the epoch takes and that settles something.</param>
/// <param name="Consumers">Distinct consumers of the events that count; those that name none are not in it.</param>
/// <param name="Revenue">What payments to the model itself were settled with, tokens ascending; none is zero.</param>
/// <param name="Domains">In order of their word; each has trials.</param>
public sealed record ModelRecord(
    ModelId Model, ulong Uses, ulong PaidUses, ulong Consumers, IReadOnlyList<TokenRevenue> Revenue, IReadOnlyList<DomainRecord> Domains)
{
    public bool Equals(ModelRecord? other) =>
        other is not null && Model == other.Model && Uses == other.Uses && PaidUses == other.PaidUses && Consumers == other.Consumers
        && Revenue.SequenceEqual(other.Revenue) && Domains.SequenceEqual(other.Domains);

    public override int GetHashCode() => HashCode.Combine(Model, Uses, PaidUses, Consumers, Revenue.Count, Domains.Count);
}

/// <summary>What payments of one token were settled with.</summary>
public readonly record struct TokenRevenue(Address Token, UInt256 Amount);

/// <summary>How a model did in a domain: of the events that count, those that were judged.</summary>
/// <param name="PaidSuccesses">Of the successes, those of paid uses.</param>
/// <param name="PaidTrials">Of the trials, those of paid uses.</param>
public readonly record struct DomainRecord(Hash32 Domain, ulong Successes, ulong Trials, ulong PaidSuccesses, ulong PaidTrials);

/// <summary>A domain is a text off chain, and a word in records and attestations.</summary>
public static class DomainWord
{
    /// <summary>Short printable ASCII as it is, left aligned; 0x and 64 digits are a word already; any other text by its keccak-256.</summary>
    public static Hash32 Of(string domain) => RoleText.ToWord(domain) ?? Keccak256.Hash(Encoding.UTF8.GetBytes(domain));
}
