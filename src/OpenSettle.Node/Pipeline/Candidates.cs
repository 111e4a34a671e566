using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Signing;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Pipeline;

/// <summary>Who has to sign, as the vault says.</summary>
public sealed record AttestorSet(uint Version, uint Threshold, IReadOnlyList<Address> Members);

/// <summary>A built epoch that is on its way to the vault, with what attestors say of it.</summary>
/// <param name="Digest">What they sign.</param>
public sealed record Candidate(Proposal Proposal, Hash32 Digest, AttestorSet Set, IReadOnlyList<AttestorWord> Words)
{
    /// <summary>How a refusal begins that may become a signature: something is missing so far.</summary>
    public const string NotYet = "not recomputed yet: ";

    /// <summary>Bytes of r, s and v.</summary>
    private const int KeySignature = 65;

    /// <summary>Of members of the set, by address as the vault wants them.</summary>
    public IReadOnlyList<AttestorSignature> Signatures =>
        [.. Words.Where(word => word.Why is null && Set.Members.Contains(word.Attestor)).OrderBy(word => word.Attestor).Select(word => new AttestorSignature(word.Attestor, word.Signature))];

    public IReadOnlyList<AttestorWord> Refusals => [.. Words.Where(word => word.Why is not null && Set.Members.Contains(word.Attestor))];

    public static bool IsLack(string? why) => why?.StartsWith(NotYet, StringComparison.Ordinal) == true;

    /// <summary>Whether so many found a difference that the others are too few.</summary>
    public bool IsRefused => Set.Members.Count - Refusals.Count(word => !IsLack(word.Why)) < Set.Threshold;

    public bool IsSigned => Signatures.Count >= Set.Threshold;

    /// <summary>
    /// As many as the vault wants and no more, keys' before contracts': one bad signature reverts the proposal, and a contract may change its mind.
    /// </summary>
    public IReadOnlyList<AttestorSignature> Quorum =>
        [.. Signatures.OrderBy(signature => signature.Data.Length == KeySignature ? 0 : 1).Take((int)Set.Threshold).OrderBy(signature => signature.Signer)];
}

/// <summary>
/// The candidate, and the words of attestors on it. A word proves by its signature whose it is, so that anybody may bring it, and nobody
/// needs a key to this node.
/// </summary>
public sealed class Candidates(NodeOptions options, IChainClient client, IChainProvider provider, IBooks books, TimeProvider time)
{
    /// <summary>A difference in words is a line or two.</summary>
    public const int MostWhy = 2_000;

    private readonly Address _vault = options.Deployment.Watched.Id.Vault;
    private volatile AttestorSet? _set;

    /// <summary>Asks the vault who has to sign.</summary>
    public async Task<AttestorSet> SetAsync(CancellationToken cancellation)
    {
        var version = await client.AskAsync(_vault, new RoyaltySplit.AttestorSet(), BlockRef.Latest, cancellation);
        if (_set is { } known && known.Version == version) return known;
        var threshold = await client.AskAsync(_vault, new RoyaltySplit.Threshold(), BlockRef.Latest, cancellation);
        var members = await client.AskAsync(_vault, new RoyaltySplit.AttestorList(), BlockRef.Latest, cancellation);
        return _set = new AttestorSet(version, threshold, members);
    }

    /// <summary>The newest epoch as a candidate; null where none is built, or where the vault has it already.</summary>
    public Candidate? Current() => books.Read(Of);

    /// <inheritdoc cref="Current"/>
    public Candidate? Of(BooksSession session) => _set is { } set ? Of(session, session.Epochs.Latest(), set) : null;

    /// <summary>An epoch as a candidate for a set of attestors; null where it is none.</summary>
    public Candidate? Of(BooksSession session, SettledEpoch? epoch, AttestorSet set)
    {
        if (epoch is not { State: EpochState.Built or EpochState.Signed }) return null;
        var proposal = Proposal.Decode(session.Epochs.Proposal(epoch.Number).Span) with { AttestorSet = set.Version };
        var digest = DigestOf(proposal);
        return new Candidate(proposal, digest, set, session.Candidates.Of(digest));
    }

    public Hash32 DigestOf(Proposal proposal) => ProposalTypedData.Of(options.Deployment.Watched.Id.ChainId, _vault, proposal).Digest();

    /// <summary>Takes a word, if it is on the current candidate and its attestor's.</summary>
    /// <returns>What is wrong with it; null where it is taken.</returns>
    public async Task<string?> TakeAsync(Hash32 digest, Address attestor, string? why, ReadOnlyMemory<byte> signature, CancellationToken cancellation)
    {
        if (Current() is not { } candidate || candidate.Digest != digest) return "it is not of the candidate that waits for signatures now";
        if (!candidate.Set.Members.Contains(attestor)) return $"{attestor.ToChecksumString()} is not an attestor of this vault";
        if (why is { Length: 0 or > MostWhy }) return $"a reason has 1 to {MostWhy} characters";
        var signed = why is null ? digest : RefusalTypedData.Of(options.Deployment.Watched.Id.ChainId, _vault, digest, why).Digest();
        if (!await AccountSignature.IsByAsync(provider, client, attestor, signed, signature, cancellation)) return $"the signature is not {attestor.ToChecksumString()}'s";
        // Words are public, and anybody may bring one again: what an attestor found is not taken back by what it lacked before.
        if (Candidate.IsLack(why) && candidate.Refusals.Any(word => word.Attestor == attestor && !Candidate.IsLack(word.Why))) return null;
        await books.WriteAsync(session => session.Candidates.Say(new AttestorWord(digest, attestor, why, signature, time.GetUtcNow())), cancellation);
        return null;
    }
}
