using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Claims;

/// <summary>A claim whose proof leads to a root that the vault takes.</summary>
/// <param name="Amount">What it pays now: its leaf less what was claimed.</param>
/// <param name="Root">The root that the proof leads to.</param>
/// <param name="Epoch">The epoch that the vault activated it with.</param>
internal sealed record CheckedClaim(ClaimRequest Request, UInt256 Amount, TokenInfo Token, Hash32 Root, ulong Epoch)
{
    public Address Account => Request.Account;
}

/// <summary>A push that was refused, as a node tells it. The vault checks the proof where it is taken.</summary>
internal sealed record RefusedPush(ulong Epoch, PushItem Item, TokenInfo Token, IReadOnlyList<Hash32> Proof);

/// <summary>
/// Finds what accounts can claim. Proofs come from a node, which nobody has to trust: each is followed here to its root, and the vault is
/// asked whether that root counts, before anything is signed.
/// </summary>
internal sealed class ClaimSearch(NodeApi api, IChainClient client, DeploymentFile deployment)
{
    private readonly Dictionary<Hash32, ulong> _live = [];

    private Address Vault => deployment.Watched.Id.Vault;

    /// <summary>What an account can claim now, in the order of the deployment's tokens.</summary>
    /// <param name="only">One token alone; null: all.</param>
    public async Task<IReadOnlyList<CheckedClaim>> FindAsync(Address account, Address? only, CancellationToken cancellation)
    {
        var claims = new List<CheckedClaim>();
        foreach (var token in deployment.Tokens)
        {
            if (only is { } wanted && token.Token != wanted) continue;
            if (await FindAsync(account, token, cancellation) is { } claim) claims.Add(claim);
        }

        return claims;
    }

    /// <summary>An account's pushes that were refused and not taken since, of the deployment's tokens.</summary>
    public async Task<IReadOnlyList<RefusedPush>> RefusedPushesAsync(Address account, CancellationToken cancellation)
    {
        if (await api.GetAsync($"api/v1/accounts/{account}/claim", cancellation) is not { } answer) return [];
        try
        {
            var pushes = new List<RefusedPush>();
            foreach (var push in answer.GetProperty("pushes").EnumerateArray())
            {
                var token = Address.Parse(push.GetProperty("token").GetString() ?? string.Empty);
                if (deployment.Tokens.FirstOrDefault(known => known.Token == token) is not { } known) continue;
                var item = new PushItem(
                    push.GetProperty("entry").GetUInt64(), account, Address.Parse(push.GetProperty("recipient").GetString() ?? string.Empty), token, UInt256.Parse(push.GetProperty("amount").GetString()));
                pushes.Add(new RefusedPush(push.GetProperty("epoch").GetUInt64(), item, known, [.. push.GetProperty("proof").EnumerateArray().Select(node => Hash32.Parse(node.GetString() ?? string.Empty))]));
            }

            return pushes;
        }
        catch (Exception e) when (e is KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new VerbException(ExitCode.Api, $"api: the node's answer about claims cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Where an account's claims go, and the nonce that its signatures carry.</summary>
    public async Task<(Address To, UInt256 Nonce)> RecipientAsync(Address account, CancellationToken cancellation)
    {
        var (recipient, nonce) = await client.AskAsync(Vault, new RoyaltySplit.RecipientOf(account), BlockRef.Latest, cancellation);
        return (recipient.IsZero ? account : recipient, nonce);
    }

    /// <summary>Why the vault, the token or the recipient refuses a call now, or null where nobody does. Nothing is sent.</summary>
    public async Task<string?> RefusalAsync(Address? from, ContractCall call, CancellationToken cancellation)
    {
        try
        {
            await client.CallAsync(new CallRequest(from, Vault, client.Encode(call), UInt256.Zero), BlockRef.Latest, cancellation);
            return null;
        }
        catch (ChainException e) when (e.Kind == ChainErrorKind.Reverted)
        {
            return ClaimRefusals.Describe(e.RevertData);
        }
    }

    /// <summary>The token that a person names: by address, or by its symbol in the deployment file.</summary>
    public static Address? TokenNamed(IReadOnlyList<TokenInfo> tokens, string? text)
    {
        if (text is null) return null;
        if (Address.TryParse(text, out var token)) return token;
        var named = tokens.Where(known => known.Symbol.Equals(text, StringComparison.OrdinalIgnoreCase)).ToList();
        return named.Count == 1 ? named[0].Token : throw new VerbException(ExitCode.Usage, $"--token: '{Screen.Inert.Of(text, 60)}' is neither an address nor a symbol of the deployment file: {string.Join(", ", tokens.Select(known => Screen.Inert.Of(known.Symbol, 20)))}.");
    }

    private async Task<CheckedClaim?> FindAsync(Address account, TokenInfo token, CancellationToken cancellation)
    {
        if (await api.GetAsync($"api/v1/accounts/{account}/proofs/{token.Token}", cancellation) is not { } answer) return null;
        CumulativeLeaf leaf;
        Hash32[] proof;
        Hash32 root;
        try
        {
            leaf = new CumulativeLeaf(account, token.Token, UInt256.Parse(answer.GetProperty("cumulative").GetString()));
            proof = [.. answer.GetProperty("proof").EnumerateArray().Select(node => Hash32.Parse(node.GetString() ?? string.Empty))];
            root = Hash32.Parse(answer.GetProperty("root").GetString() ?? string.Empty);
        }
        catch (Exception e) when (e is KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new VerbException(ExitCode.Api, $"api: the node's proof cannot be read: {e.Message}", e);
        }

        if (!CumulativeTree.Verify(leaf, proof, root))
            throw new VerbException(ExitCode.Disagrees, $"the node's proof for token {token.Token.ToChecksumString()} does not lead to the root {root} that it names. Do not trust that node: set --api to another one.");
        var epoch = await RequireLiveAsync(root, cancellation);
        var claimed = await client.AskAsync(Vault, new RoyaltySplit.ClaimedOf(account, token.Token), BlockRef.Latest, cancellation);
        return leaf.Amount > claimed ? new CheckedClaim(new ClaimRequest(account, token.Token, leaf.Amount, proof), leaf.Amount - claimed, token, root, epoch) : null;
    }

    /// <summary>The epoch that a root was activated with.</summary>
    private async Task<ulong> RequireLiveAsync(Hash32 root, CancellationToken cancellation)
    {
        if (_live.TryGetValue(root, out var known)) return known;
        var (epoch, revoked) = await client.AskAsync(Vault, new RoyaltySplit.RootStatus(root), BlockRef.Latest, cancellation);
        if (revoked) throw new VerbException(ExitCode.Refused, $"the vault revoked root {root}, which the node's proof leads to. Ask again once the node has the epoch that revoked it: GET /api/v1/status shows its activeEpoch.");
        if (epoch == 0)
            throw new VerbException(ExitCode.Disagrees, $"the node's proof leads to root {root}, and that is no root of the vault. Nothing was signed. --api, --rpc and --deployment have to be of the same deployment; if they are, do not trust that node.");
        return _live[root] = epoch;
    }
}
