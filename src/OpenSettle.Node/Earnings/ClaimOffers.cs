using System.Text.Json;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;
using OpenSettle.Storage;
using OpenSettle.Storage.Stores;

namespace OpenSettle.Node.Earnings;

/// <summary>Makes the transactions and the signable data of what an account can claim: from the books alone, the chain is not asked.</summary>
internal sealed class ClaimOffers(NodeOptions options, IBooks books, NodeState state, IChainClient client, AccountEarnings earnings)
{
    /// <summary>Signed data counts so long after the books' last block, where the query does not say until when.</summary>
    private const ulong UsualSeconds = 24 * 3600;

    private readonly Lock _gate = new();
    private (ulong Epoch, PushTree Tree)? _pushes;

    private DeploymentId Id => options.Deployment.Watched.Id;

    /// <param name="to">Where single claims go; null: to the account's recipient.</param>
    /// <param name="tokens">Those alone; null: all.</param>
    /// <param name="deadline">Until when what is signed counts.</param>
    public ClaimAnswer? Of(Address account, Address? to, IReadOnlySet<Address>? tokens, ulong? deadline)
    {
        if (state.Active is not { } active) return null;
        return books.Read(session =>
        {
            var (set, nonce) = session.Epochs.RecipientOf(account);
            var recipient = set.IsZero ? account : set;
            var until = deadline ?? (session.Chain.Cursor()?.Timestamp ?? 0) + UsualSeconds;
            var requests = Requests(session, account, active, tokens);
            return new ClaimAnswer(
                account.ToChecksumString(), Id.ChainId, Id.Vault.ToChecksumString(), session.Chain.Cursor()?.Block, active.Epoch, (active.Tree?.Root ?? Hash32.Zero).ToString(), recipient.ToChecksumString(),
                (to ?? recipient).ToChecksumString(), nonce.ToString(System.Globalization.CultureInfo.InvariantCulture),
                requests.Count > 0 ? Call(null, new RoyaltySplit.ClaimManyCall([.. requests.Select(request => request.Request)])) : null,
                [.. requests.Select(request => Offer(request.Request, request.Amount, to, to ?? recipient, nonce, until))],
                [.. session.Pushes.RefusedOf(account).Where(row => tokens is null || tokens.Contains(row.Token)).Select(row => Offer(session, row, to ?? account)).OfType<PushOffer>()]);
        });
    }

    private static List<(ClaimRequest Request, UInt256 Amount)> Requests(BooksSession session, Address account, CumulativeTreeOfEpoch active, IReadOnlySet<Address>? tokens)
    {
        var requests = new List<(ClaimRequest Request, UInt256 Amount)>();
        if (active.Tree is not { } tree) return requests;
        foreach (var listed in session.Chain.ListedTokens())
        {
            if (tokens?.Contains(listed.Token) == false) continue;
            var index = tree.IndexOf(account, listed.Token);
            if (index < 0) continue;
            var (leaf, claimed) = (tree.Leaves[index].Amount, session.Claims.Sum(new Claimant(account, listed.Token)));
            if (leaf > claimed) requests.Add((new ClaimRequest(account, listed.Token, leaf, tree.Proof(index)), leaf - claimed));
        }

        return requests;
    }

    private ClaimOffer Offer(ClaimRequest request, UInt256 amount, Address? other, Address to, ulong nonce, ulong deadline)
    {
        var token = earnings.Describe(request.Token);
        var typed = ClaimTypedData.Of(Id.ChainId, Id.Vault, new ClaimOrder(request.Account, request.Token, to, request.Cumulative, nonce, deadline));
        using var document = JsonDocument.Parse(typed.ToJson());
        return new ClaimOffer(
            token.Token, token.Symbol, token.Decimals, amount.ToString(), request.Cumulative.ToString(), [.. request.Proof.Select(node => node.ToString())], Call(null, new RoyaltySplit.ClaimCall(request)),
            other is { } named ? Call(request.Account, new RoyaltySplit.ClaimToCall(request, named)) : null, document.RootElement.Clone(), typed.Digest().ToString());
    }

    private PushOffer? Offer(BooksSession session, PushRow row, Address to)
    {
        if (TreeOf(session, row.Epoch) is not { } tree) return null;
        var token = earnings.Describe(row.Token);
        var proof = tree.Proof((int)row.Index);
        var item = new PushItem(row.Index, row.Account, row.Recipient, row.Token, row.Amount);
        return new PushOffer(
            row.Epoch, row.Index, token.Token, token.Symbol, token.Decimals, row.Amount.ToString(), row.Recipient.ToChecksumString(), [.. proof.Select(node => node.ToString())],
            Call(row.Account, new RoyaltySplit.TakePushCall(row.Epoch, item, proof, to)));
    }

    private TransactionText Call(Address? from, ContractCall call) => new(from?.ToChecksumString(), Id.Vault.ToChecksumString(), call.Signature, Hex.Encode(client.Encode(call).Span));

    /// <summary>The tree of an epoch's pushes; null where the entries in the books are not those of its root, which the pushes themselves stop at.</summary>
    private PushTree? TreeOf(BooksSession session, ulong epoch)
    {
        lock (_gate)
        {
            if (_pushes is { } known && known.Epoch == epoch) return known.Tree;
            var tree = PushTree.Build([.. session.Pushes.Range(epoch, 0, long.MaxValue).Select(row => new PushEntry(row.Account, row.Recipient, row.Token, row.Amount))]);
            if (tree.Root != session.Epochs.Get(epoch)?.PushRoot) return null;
            _pushes = (epoch, tree);
            return tree;
        }
    }
}
