using System.Collections.Immutable;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using ListedToken = OpenSettle.Epochs.ListedToken;

namespace OpenSettle.Node.Verification;

/// <summary>What was to be verified could not be: the message says why.</summary>
public sealed class VerificationException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>An epoch of the vault, and all that the chain says of it up to its last block.</summary>
/// <param name="ActivatedIn">The block in which it was activated; null: its window runs, or it is a candidate.</param>
/// <param name="Registry">All models. It knows later versions too: what held at a block stays as it was.</param>
/// <param name="Payments">Those that it has to take, in chain order.</param>
internal sealed record EpochFacts(
    Proposal Proposal,
    ulong? ActivatedIn,
    ulong FirstBlock,
    RegistryBook Registry,
    IReadOnlyList<ListedToken> Tokens,
    IReadOnlyList<SettledPayment> Payments,
    IReadOnlyDictionary<Address, UInt256> Credited,
    IReadOnlyDictionary<Address, Address> Recipients)
{
    public bool IsActive => ActivatedIn is not null;

    /// <summary>Whether nobody proposed it yet.</summary>
    public bool IsCandidate { get; init; }
}

/// <summary>
/// The facts of the chain, gone through once. What an epoch took is let go with it, so that a history of any length needs the memory of one
/// epoch's payments and of what waits.
/// </summary>
internal sealed class VaultHistory(WatchedDeployment deployment)
{
    private readonly List<RegistryFact> _said = [];
    private readonly List<(ulong Block, ListedToken Token)> _tokens = [];
    private readonly Queue<RecipientWasSet> _recipientsAhead = [];
    private readonly Dictionary<(ModelId Model, Address Token), List<Payment>> _unswept = [];
    private readonly List<(SettledPayment Payment, ulong Block)> _untaken = [];
    private readonly SortedDictionary<Address, UInt256> _taken = [];
    private readonly List<(ulong Epoch, uint Attempt)> _vetoed = [];
    private RegistryBook _book = new();
    private ImmutableDictionary<Address, Address> _recipients = ImmutableDictionary<Address, Address>.Empty;
    private Proposal? _open;
    private (ulong Number, Hash32 Root) _active;
    private ulong _next = deployment.FirstBlock;

    /// <summary>Money in and out of the vault.</summary>
    public VaultTally Tally { get; } = new();

    /// <summary>Listed tokens.</summary>
    public IEnumerable<Address> Tokens => _tokens.Select(listed => listed.Token.Token);

    /// <summary>Proposals that the guardian deleted.</summary>
    public IReadOnlyList<(ulong Epoch, uint Attempt)> Vetoed => _vetoed;

    /// <summary>Takes the next fact. Where an epoch was activated, it is given back, and what it took is forgotten.</summary>
    public EpochFacts? Take(ChainFact fact)
    {
        Tally.Take(fact);
        switch (fact)
        {
            case RegistrySaid said:
                _said.Add(said.Fact);
                break;
            case TokenWasListed listed:
                _tokens.Add((listed.At.Block, listed.Token));
                break;
            case RecipientWasSet set:
                _recipientsAhead.Enqueue(set);
                break;
            case PaymentMade { Payment: { Route: PaymentRoute.Rail } payment }:
                Settle(new SettledPayment(payment, payment.Amount), payment.At.Block);
                break;
            case PaymentMade { Payment: { } payment }:
                Unswept(payment.Model, payment.Token).Add(payment);
                break;
            case PayAddressSwept { Sweep: { } sweep }:
                foreach (var settled in SweepRule.Settle(sweep, Unswept(sweep.Model, sweep.Token))) Settle(settled, sweep.At.Block);
                _unswept.Remove((sweep.Model, sweep.Token));
                break;
            case EpochWasProposed proposed:
                _open = proposed.Proposal;
                break;
            case EpochWasVetoed vetoed:
                _vetoed.Add((vetoed.Epoch, vetoed.Attempt));
                _open = null;
                break;
            case EpochWasActivated activated:
                return Activate(activated);
            default:
                break;
        }

        return null;
    }

    /// <summary>The epoch whose window runs, or else the candidate, where there is one. Ask at the end: it changes what is known.</summary>
    public EpochFacts? Open(Proposal? candidate) => (_open ?? candidate) is { } next ? Cut(next, activatedIn: null) with { IsCandidate = _open is null } : null;

    /// <summary>Why the vault does not take a candidate next, whoever signs it; null: it does, or has it in its window.</summary>
    public string? Misplaced(Proposal candidate)
    {
        if (_open is { } open)
            return open.ContentHash() == candidate.ContentHash() ? null : $"the vault's window runs for another proposal, of epoch {open.Epoch}, attempt {open.Attempt}";
        var next = _active.Number + 1;
        if (candidate.Epoch != next) return $"it is of epoch {candidate.Epoch}, and the vault's next one is {next}";
        var attempts = _vetoed.Count(vetoed => vetoed.Epoch == next);
        if (candidate.Attempt != attempts) return $"it is attempt {candidate.Attempt} of epoch {next}, of which {attempts} were vetoed";
        return candidate.PreviousRoot == _active.Root ? null : $"the root before is {_active.Root} on the chain and {candidate.PreviousRoot} in the candidate";
    }

    private EpochFacts Activate(EpochWasActivated activated)
    {
        if (_open is not { } proposal || (proposal.Epoch, proposal.Root) != (activated.Epoch, activated.Root))
            throw new VerificationException($"The vault activated epoch {activated.Epoch} with root {activated.Root}, and no log proposed it. The endpoints' logs cannot be those of this vault.");
        _open = null;
        _active = (proposal.Epoch, proposal.Root);
        var facts = Cut(proposal, activated.At.Block);
        Tally.Promise(proposal);
        _next = proposal.LastBlock + 1;
        return facts;
    }

    private EpochFacts Cut(Proposal proposal, ulong? activatedIn)
    {
        var last = proposal.LastBlock;
        if (_said.Count > 0)
        {
            _book = _book.With(_said);
            _said.Clear();
        }

        while (_recipientsAhead.TryPeek(out var set) && set.At.Block <= last)
        {
            _recipientsAhead.Dequeue();
            _recipients = set.Recipient.IsZero ? _recipients.Remove(set.Account) : _recipients.SetItem(set.Account, set.Recipient);
        }

        var payments = TakeUpTo(last);
        foreach (var payment in payments) _taken[payment.Payment.Token] = _taken.GetValueOrDefault(payment.Payment.Token) + payment.Settled;
        return new EpochFacts(
            proposal, activatedIn, _next, _book, [.. _tokens.Where(listed => listed.Block <= last).Select(listed => listed.Token)], payments,
            // Every epoch takes all that is in the vault: so what all of them took is what was credited by then.
            _taken.ToDictionary(), _recipients);
    }

    /// <summary>What was settled by that block, in chain order.</summary>
    private List<SettledPayment> TakeUpTo(ulong block)
    {
        // Settled in the order of blocks: those that are taken stand first.
        var count = _untaken.FindIndex(settled => settled.Block > block);
        if (count < 0) count = _untaken.Count;
        var payments = new List<SettledPayment>(count);
        for (var i = 0; i < count; i++) payments.Add(_untaken[i].Payment);
        _untaken.RemoveRange(0, count);
        _untaken.TrimExcess();
        payments.Sort(static (left, right) => left.Payment.At.CompareTo(right.Payment.At));
        return payments;
    }

    private void Settle(SettledPayment payment, ulong block)
    {
        _untaken.Add((payment, block));
        Tally.Credit(payment.Payment.Token, payment.Settled);
    }

    private List<Payment> Unswept(ModelId model, Address token)
    {
        if (!_unswept.TryGetValue((model, token), out var waiting)) _unswept.Add((model, token), waiting = []);
        return waiting;
    }
}
