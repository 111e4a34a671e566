using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;
using OpenSettle.Verify;

namespace OpenSettle.Node.Verification;

/// <summary>What the vault itself says at one block: its figures by token, and what it keeps of epochs.</summary>
internal sealed class VaultFigures
{
    private const int AtOnce = 8;

    private readonly Dictionary<Address, Money> _tokens = [];
    private readonly Dictionary<ulong, Hash32> _records = [];
    private string? _cannot;

    private VaultFigures()
    {
    }

    /// <summary>The open proposal's digest; null where there is none.</summary>
    public OpenProposal? Open { get; private set; }

    /// <summary>Asks the vault. An endpoint that does not know that block's state any more says so in the findings.</summary>
    public static async Task<VaultFigures> AskAsync(
        IChainClient client, Address vault, ulong block, IEnumerable<Address> tokens, IEnumerable<ulong> epochs, CancellationToken cancellation)
    {
        var figures = new VaultFigures();
        var at = BlockRef.At(block);
        try
        {
            foreach (var token in tokens)
            {
                figures._tokens.Add(token, new Money(
                    await client.AskAsync(vault, new RoyaltySplit.CreditedOf(token), at, cancellation),
                    await client.AskAsync(vault, new RoyaltySplit.PromisedOf(token), at, cancellation),
                    await client.AskAsync(vault, new RoyaltySplit.PaidOf(token), at, cancellation),
                    token.IsZero ? await client.GetBalanceAsync(vault, at, cancellation) : await client.AskAsync(token, new Erc20.BalanceOf(vault), at, cancellation)));
            }

            foreach (var part in epochs.Chunk(AtOnce))
            {
                var hashes = await Task.WhenAll(part.Select(epoch => client.AskAsync(vault, new RoyaltySplit.EpochHash(epoch), at, cancellation)));
                for (var i = 0; i < part.Length; i++) figures._records.Add(part[i], hashes[i]);
            }

            figures.Open = await client.AskAsync(vault, new RoyaltySplit.OpenProposal(), at, cancellation);
        }
        catch (ChainException e)
        {
            figures._cannot = $"the vault cannot be asked as of block {block}: {e.Message}";
        }

        return figures;
    }

    /// <summary>Whether the vault's own record of an epoch is the one that its logs gave.</summary>
    public Finding Record(DeploymentId deployment, EpochFacts facts)
    {
        const string Name = "record";
        var proposal = facts.Proposal;
        if (_cannot is not null) return new Finding(Name, VerifyOutcome.NotChecked, _cannot);
        if (!facts.IsActive)
        {
            var digest = ProposalTypedData.Of(deployment.ChainId, deployment.Vault, proposal).Digest();
            return Open is { } open && open.Epoch == proposal.Epoch && open.Digest == digest
                ? new Finding(Name, VerifyOutcome.Agrees, "the vault's window runs for this proposal")
                : new Finding(Name, VerifyOutcome.Differs, $"the vault has {(Open is null ? "no open proposal" : $"an open proposal of epoch {Open.Epoch} with digest {Open.Digest}")}, and the one of its log has digest {digest}");
        }

        var (kept, expected) = (_records[proposal.Epoch], proposal.Record.Hash());
        return kept == expected
            ? new Finding(Name, VerifyOutcome.Agrees, "the vault keeps the record of this proposal")
            : new Finding(Name, VerifyOutcome.Differs, $"the vault keeps the record {kept} of the epoch, and the proposal's is {expected}");
    }

    /// <summary>Holds a token's figures against what the logs say: the drift that anybody can work out.</summary>
    public TokenCheck Check(Address token, VaultMoney logs)
    {
        const string Name = "money";
        if (!_tokens.TryGetValue(token, out var vault))
            return new TokenCheck(token, logs.Credited, logs.Promised, logs.Paid, null, new Finding(Name, VerifyOutcome.NotChecked, _cannot ?? "the vault was not asked"));
        string? Differs(string what, UInt256 here, UInt256 there) => here == there ? null : $"the vault {what} {here}, and its logs say {there}";
        var difference = Differs("was credited", vault.Credited, logs.Credited)
            ?? Differs("promised", vault.Promised, logs.Promised)
            ?? (logs.Unknown is null ? Differs("paid", vault.Paid, logs.Paid) : null)
            ?? (vault.Promised > vault.Credited ? $"the vault promised {vault.Promised}, and was credited {vault.Credited}" : null)
            ?? (vault.Paid > vault.Promised ? $"the vault paid {vault.Paid}, and promised {vault.Promised}" : null)
            ?? (vault.Balance < vault.Credited - vault.Paid ? $"the vault holds {vault.Balance}, and owes {vault.Credited - vault.Paid}" : null);
        var finding = difference is not null ? new Finding(Name, VerifyOutcome.Differs, difference)
            : logs.Unknown is { } unknown ? new Finding(Name, VerifyOutcome.NotChecked, unknown)
            : new Finding(Name, VerifyOutcome.Agrees, "credited, promised and paid are what the logs say, and the vault holds what it owes");
        return new TokenCheck(token, vault.Credited, vault.Promised, vault.Paid, vault.Balance, finding);
    }

    private sealed record Money(UInt256 Credited, UInt256 Promised, UInt256 Paid, UInt256 Balance);
}
