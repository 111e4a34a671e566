using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using OpenSettle.Cli.Screen;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Candidates;

/// <summary>
/// A candidate that can be carried to where there is no network. All that is shown, and the digest that is signed, comes of the proposal's
/// own bytes and of the deployment that the reader has: where the file says otherwise, it is not taken.
/// </summary>
/// <param name="Threshold">Signatures that the vault wants, as the leader says: nothing that is signed.</param>
/// <param name="Attestors">Who may sign, as the leader says.</param>
internal sealed record CandidateFile(DeploymentId Id, Proposal Proposal, uint Threshold, IReadOnlyList<Address> Attestors)
{
    /// <summary>Totals of many tokens; a proposal has about a kilobyte.</summary>
    public const int MostBytes = 4 * 1024 * 1024;

    private static readonly JsonSerializerOptions Written = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What attestors sign.</summary>
    public Hash32 Digest { get; } = ProposalTypedData.Of(Id.ChainId, Id.Vault, Proposal).Digest();

    /// <summary>What a leader's API says of its candidate; null where it has none.</summary>
    /// <exception cref="VerbException">It is none, or does not hold together.</exception>
    public static CandidateFile? OfAnswer(JsonElement answer, DeploymentId id)
    {
        if (!answer.TryGetProperty("candidate", out var candidate) || candidate.ValueKind != JsonValueKind.Object) return null;
        try
        {
            var file = new CandidateFile(
                id, ProposalIn(candidate), candidate.GetProperty("threshold").GetUInt32(),
                [.. candidate.GetProperty("attestors").EnumerateArray().Select(attestor => Address.Parse(attestor.GetProperty("attestor").GetString() ?? string.Empty))]);
            return file.Contradiction(candidate) is { } wrong ? throw new VerbException(ExitCode.Disagrees, $"the leader's candidate does not hold together: {wrong}.") : file;
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            throw new VerbException(ExitCode.Api, $"api: the node's candidate cannot be read: {Inert.Of(e.Message)} Its program may be of another version.", e);
        }
    }

    /// <summary>Reads a file, and holds all that it says against the proposal's bytes.</summary>
    public static CandidateFile Parse(ReadOnlyMemory<byte> bytes, DeploymentId id)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 8 });
            var root = document.RootElement;
            var (chain, vault) = (root.GetProperty("chainId").GetUInt64(), Address.Parse(root.GetProperty("vault").GetString() ?? string.Empty));
            if (chain != id.ChainId || vault != id.Vault)
                throw new VerbException(ExitCode.Refused, $"file: it is of vault {vault.ToChecksumString()} on chain {chain}, and {Settings.Deployment.Key} names {id.Vault.ToChecksumString()} on chain {id.ChainId}. Nothing is signed for another vault.");
            var file = new CandidateFile(
                id, ProposalIn(root), root.GetProperty("threshold").GetUInt32(),
                [.. root.GetProperty("attestors").EnumerateArray().Select(attestor => Address.Parse(attestor.GetString() ?? string.Empty))]);
            return file.Contradiction(root) is { } wrong ? throw new VerbException(ExitCode.Refused, $"file: it does not hold together: {wrong}. Have it exported again.") : file;
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            throw new VerbException(ExitCode.Usage, $"file: that is no candidate: {Inert.Of(e.Message)} Give what 'opensettle candidate export' wrote.", e);
        }
    }

    public string ToText() => JsonSerializer.Serialize(Form(), Written) + "\n";

    public CandidateForm Form() => new(
        Id.ChainId, Id.Vault.ToChecksumString(), Proposal.Epoch, Proposal.Attempt, Proposal.AttestorSet, Proposal.Root.ToString(), Proposal.BundleHash.ToString(), Proposal.BundleUri, Proposal.LastBlock,
        Proposal.LastBlockHash.ToString(), [.. Proposal.Totals.Select(total => new TotalForm(total.Token.ToChecksumString(), total.Total.ToString()))],
        [.. Proposal.Revoked.Select(key => key.ToString())], Digest.ToString(), Hex.Encode(Proposal.Encode()), Threshold, [.. Attestors.Select(attestor => attestor.ToChecksumString())]);

    /// <summary>What a signature of it stands for, line by line.</summary>
    public IEnumerable<string> Words(IReadOnlyList<TokenInfo> tokens)
    {
        var proposal = Proposal;
        string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);
        yield return $"vault      {Id.Vault.ToChecksumString()} on chain {Text(Id.ChainId)}, attestors of set {Text(proposal.AttestorSet)}";
        yield return $"epoch      {Text(proposal.Epoch)}, attempt {Text(proposal.Attempt)}";
        yield return $"up to      block {Text(proposal.LastBlock)} ({proposal.LastBlockHash})";
        foreach (var total in proposal.Totals)
        {
            var known = tokens.FirstOrDefault(token => token.Token == total.Token);
            yield return $"promises   {(known is null ? $"{total.Total} units of {total.Token.ToChecksumString()}" : $"{Amounts.Format(total.Total, known.Decimals)} {Inert.Of(known.Symbol, 20)}")}, since the beginning";
        }

        foreach (var key in proposal.Revoked) yield return $"TAKES BACK {key}: nothing can be claimed against it any more";
        yield return $"root       {proposal.Root}, after {proposal.PreviousRoot}";
        yield return $"pushes     {proposal.PushRoot}";
        yield return $"records    {proposal.RecordRoot}";
        yield return $"bundle     {proposal.BundleHash}";
        yield return $"           {Inert.Of(proposal.BundleUri, 200)}";
        yield return $"digest     {Digest}";
    }

    private static Proposal ProposalIn(JsonElement of) =>
        Hex.TryDecode(of.GetProperty("proposal").GetString() ?? string.Empty, out byte[] bytes) ? Proposal.Decode(bytes) : throw new FormatException("its proposal is not hexadecimal.");

    private static bool IsUnreadable(Exception e) => e is JsonException or AbiException or KeyNotFoundException or InvalidOperationException or FormatException or OverflowException;

    /// <summary>What stands beside the proposal is for people and other programs: it has to say the same. Null: it does.</summary>
    private string? Contradiction(JsonElement said)
    {
        var form = JsonSerializer.SerializeToElement(Form(), Written);
        foreach (var name in (string[])["digest", "epoch", "attempt", "attestorSet", "root", "bundleHash", "bundleUri", "lastBlock", "lastBlockHash", "totals", "revoked", "proposal"])
        {
            // The API leaves out what the proposal has already.
            if (!said.TryGetProperty(name, out var told)) continue;
            var follows = form.GetProperty(name);
            if (!string.Equals(told.GetRawText(), follows.GetRawText(), StringComparison.OrdinalIgnoreCase) && !JsonElement.DeepEquals(told, follows))
                return $"{name} is {Inert.Of(told.GetRawText(), 120)}, and its proposal's is {Inert.Of(follows.GetRawText(), 120)}";
        }

        return null;
    }

    /// <param name="Digest">What attestors sign: the EIP-712 digest of the proposal.</param>
    /// <param name="Proposal">abi.encode of the proposal.</param>
    internal sealed record CandidateForm(
        ulong ChainId, string Vault, ulong Epoch, uint Attempt, uint AttestorSet, string Root, string BundleHash, string BundleUri, ulong LastBlock, string LastBlockHash,
        IReadOnlyList<TotalForm> Totals, IReadOnlyList<string> Revoked, string Digest, string Proposal, uint Threshold, IReadOnlyList<string> Attestors);

    internal sealed record TotalForm(string Token, string Total);
}
