using OpenSettle.Epochs;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Ledger;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Verify;

namespace OpenSettle.Node.Verification;

/// <summary>
/// Gathers, while a vault is verified, all that one model's passport is computed from: what a node keeps in its store, from the chain and the
/// bundles alone.
/// </summary>
/// <param name="model">Whose passport.</param>
/// <param name="before">Facts of earlier blocks than this one count; null: all final ones.</param>
internal sealed class PassportEvidence(ModelId model, ulong? before) : IVerificationWitness
{
    private const ulong DaySeconds = 86_400;

    // The chain is read while epochs are checked.
    private readonly Lock _gate = new();
    private readonly List<RegistryFact> _registry = [];
    private readonly List<ModelNotice> _notices = [];
    private readonly HashSet<Address> _evaluators = [];
    private readonly Dictionary<Hash32, AttestationWasMade> _made = [];
    private readonly Dictionary<Hash32, ulong> _revoked = [];
    private readonly HashSet<Hash32> _about = [];
    private readonly Dictionary<Address, List<Payment>> _unswept = [];
    private readonly SortedDictionary<Address, UInt256> _paid = [];
    private readonly Dictionary<ulong, ulong> _activations = [];
    private readonly List<EpochPoint> _epochs = [];
    private readonly SortedDictionary<(ulong Epoch, uint Day, Address Payer, Address Token), SettledRevenue> _revenue = [];
    private readonly List<(ulong Epoch, ModelRecord Record)> _records = [];
    private readonly SortedDictionary<(ulong Epoch, Address Token, Address Account), UInt256> _earned = [];
    private readonly SortedDictionary<(ulong Epoch, Address Token, ModelId Parent), UInt256> _up = [];
    private readonly List<SplitTable> _tables = [];

    /// <summary>Why not all epochs' money is known, or is not what the chain says; null: it is.</summary>
    public string? Money { get; private set; }

    /// <summary>The same of the usage in them.</summary>
    public string? Usage { get; private set; }

    /// <summary>Attestations about the model, in chain order, as their logs have them.</summary>
    public IReadOnlyList<AttestationWasMade> Attestations => [.. _about.Where(_made.ContainsKey).Select(uid => _made[uid]).OrderBy(made => made.At)];

    /// <summary>When an attestation was revoked; zero: it was not.</summary>
    public ulong RevokedAt(Hash32 uid) => _revoked.GetValueOrDefault(uid);

    public void Said(ChainFact fact)
    {
        if (fact.At.Block >= before) return;
        lock (_gate) Take(fact);
    }

    public Task CheckedAsync(CheckedEpoch epoch, CancellationToken cancellation)
    {
        var (facts, check) = (epoch.Facts, epoch.Check);
        var number = facts.Proposal.Epoch;
        // Its window runs, or it ended later than this is as of.
        ulong activatedAt;
        lock (_gate)
        {
            if (!_activations.TryGetValue(number, out activatedAt)) return Task.CompletedTask;
        }

        foreach (var finding in check.Findings.Where(finding => finding.Outcome != VerifyOutcome.Agrees))
        {
            var why = $"epoch {number}, {finding.Name}: {finding.Message}";
            if (finding.Name == EpochInspection.SumsName) Usage ??= why;
            else Money ??= why;
        }

        if (epoch is not { Epoch: { } verified, Last: { } last }) return Task.CompletedTask;
        _epochs.Add(new EpochPoint(number, facts.FirstBlock, facts.Proposal.LastBlock, last.Timestamp, activatedAt, facts.Proposal.RecordRoot, facts.Proposal.BundleHash));
        foreach (var settled in facts.Payments.Where(settled => settled.Payment.Model == model)) TakeRevenue(number, settled);
        if (verified.Bundle.Records.FirstOrDefault(record => record.Model == model) is { } own) _records.Add((number, own));
        foreach (var division in verified.Division?.Models.Where(division => division.Model == model) ?? []) TakeDivision(number, division);
        _tables.AddRange(verified.Bundle.Terms.Where(terms => terms.Split.AtHand).Select(terms => terms.Split));
        return Task.CompletedTask;
    }

    /// <summary>What was gathered, without attestations' contents and transfers, which no log of the contracts has.</summary>
    /// <exception cref="VerificationException">The model is not known by then.</exception>
    public PassportFacts ToFacts(DeploymentId deployment, BlockPoint asOf)
    {
        var book = new RegistryBook().With(_registry);
        if (!book.TryGet(model, out _)) throw new VerificationException($"The registry {deployment.Registry} has no model {model} before block {asOf.Number}.");
        return new PassportFacts
        {
            Deployment = deployment,
            Model = model,
            AsOf = asOf,
            Registry = book,
            Tables = new PublishedTables().With(_tables),
            Epochs = _epochs,
            Revenue = [.. _revenue.Values],
            Paid = [.. _paid.Select(pair => new TokenRevenue(pair.Key, pair.Value))],
            Records = _records,
            Earnings = [.. _earned.Select(pair => new Earning(pair.Key.Epoch, pair.Key.Token, pair.Key.Account, pair.Value))],
            Upstream = [.. _up.Select(pair => new UpstreamFlow(pair.Key.Epoch, pair.Key.Token, pair.Key.Parent, pair.Value))],
            Evaluators = _evaluators,
        }.With(_notices);
    }

    private void Take(ChainFact fact)
    {
        switch (fact)
        {
            case RegistrySaid { Fact: { } said }:
                _registry.Add(said);
                break;
            case NoticeWasGiven { Notice: { } notice } when notice.Model == model:
                _notices.Add(notice);
                break;
            case EvaluatorWasSet set:
                if (set.Registered) _evaluators.Add(set.Account);
                else _evaluators.Remove(set.Account);
                break;
            case AttestationWasMade made:
                _made[made.Uid] = made;
                break;
            case AttestationWasRevoked revoked:
                _revoked[revoked.Uid] = revoked.Time;
                break;
            case LatestWasSet latest when latest.Model == model && !latest.Uid.IsZero:
                _about.Add(latest.Uid);
                break;
            case RecordWasAttested record when record.Model == model:
                _about.Add(record.Uid);
                break;
            case EpochWasActivated activated:
                _activations[activated.Epoch] = activated.Time;
                break;
            default:
                TakePayment(fact);
                break;
        }
    }

    /// <summary>What was paid, settled or not; what a sweep found without a log is a payment in the sweep's block.</summary>
    private void TakePayment(ChainFact fact)
    {
        switch (fact)
        {
            case PaymentMade { Payment: { } payment } when payment.Model == model:
                Pay(payment);
                if (payment.Route == PaymentRoute.PayAddress) Unswept(payment.Token).Add(payment);
                break;
            case PayAddressSwept { Sweep: { } sweep } when sweep.Model == model:
                foreach (var settled in SweepRule.Settle(sweep, Unswept(sweep.Token)))
                {
                    if (settled.Payment.Route == PaymentRoute.Excess) Pay(settled.Payment);
                }

                _unswept.Remove(sweep.Token);
                break;
            default:
                break;
        }
    }

    private void TakeRevenue(ulong epoch, SettledPayment settled)
    {
        var payment = settled.Payment;
        var key = (epoch, checked((uint)(payment.Timestamp / DaySeconds)), payment.Payer, payment.Token);
        var known = _revenue.GetValueOrDefault(key, new SettledRevenue(epoch, key.Item2, payment.Payer, payment.Token, 0, UInt256.Zero, UInt256.Zero, ulong.MaxValue));
        _revenue[key] = known with
        {
            Payments = known.Payments + 1,
            Settled = known.Settled + settled.Settled,
            TimeWeighted = known.TimeWeighted + settled.Settled * payment.Timestamp,
            Oldest = Math.Min(known.Oldest, payment.Timestamp),
        };
    }

    private void TakeDivision(ulong epoch, ModelDivision division)
    {
        foreach (var (account, amount) in division.Rows.Concat(division.Influence))
        {
            if (amount.IsZero) continue;
            var key = (epoch, division.Token, account);
            _earned[key] = _earned.GetValueOrDefault(key) + amount;
        }

        foreach (var (parent, amount) in division.Up)
        {
            if (amount.IsZero) continue;
            var key = (epoch, division.Token, parent);
            _up[key] = _up.GetValueOrDefault(key) + amount;
        }
    }

    private void Pay(Payment payment) => _paid[payment.Token] = _paid.GetValueOrDefault(payment.Token) + payment.Amount;

    private List<Payment> Unswept(Address token)
    {
        if (!_unswept.TryGetValue(token, out var waiting)) _unswept.Add(token, waiting = []);
        return waiting;
    }
}
