using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Send;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Send;

/// <summary>
/// The decision in random histories of a chain that forgets, reorganises, is expensive, is seen late, and whose account
/// another program uses too; the process ends at any point. What must hold is checked after every step.
/// </summary>
public sealed class SendHistoryTests
{
    private const int Histories = 200;

    [Fact]
    public void RandomHistories_EachIntentHasItsEffectOnceAndAllAreDoneWhenTheFaultsEnd()
    {
        var nightly = Environment.GetEnvironmentVariable("OPENSETTLE_NIGHTLY") is not null;
        var totals = (Replaced: 0, Released: 0, Filled: 0, Reorganised: 0);
        for (var seed = 0; seed < (nightly ? 50 * Histories : Histories); seed++)
        {
            var world = new World(seed);
            for (var step = 0; step < 300; step++) world.Step(faults: true);
            for (var step = 0; step < 400 && !world.IsDone; step++) world.Step(faults: false);
            world.RequireDone();
            totals = (totals.Replaced + world.Replaced, totals.Released + world.Released, totals.Filled + world.Filled, totals.Reorganised + world.Reorganised);
        }

        // The histories are hard enough to mean something.
        Assert.True(totals is { Replaced: > Histories, Released: > Histories / 4, Filled: > Histories / 4, Reorganised: > Histories }, totals.ToString());
    }

    /// <summary>What was signed, for whom; its bytes are its identity.</summary>
    private sealed record Signed(Intent? For, ulong Nonce, SignedVersion Version);

    private sealed class Intent
    {
        public ulong? Nonce { get; set; }

        public List<Signed> Versions { get; } = [];

        /// <summary>Also those of nonces that it had before.</summary>
        public List<Signed> All { get; } = [];

        public bool Obsolete { get; set; }

        public bool IsFiller { get; init; }

        public bool Done { get; set; }
    }

    private sealed class World(int seed)
    {
        private const int FinalLag = 3;
        private const ulong MostOpen = 4;
        private static readonly SendPolicy Policy = new(10_000, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(15));

        private readonly Random _random = new(seed);
        private readonly List<Intent> _intents = [.. Enumerable.Range(0, 6).Select(_ => new Intent())];
        private readonly Dictionary<ulong, Signed> _pool = [];
        private readonly List<List<Signed>> _blocks = [];
        private readonly Dictionary<Hash32, SendRefusal> _refusals = [];
        private DateTimeOffset _now = DateTimeOffset.UnixEpoch.AddYears(50);
        private DateTimeOffset _nextSince = DateTimeOffset.UnixEpoch;
        private ulong _lastNext;
        private ulong _baseFee = 100;
        private ulong _counter;
        private int _finalBlocks;

        public int Replaced { get; private set; }

        public int Released { get; private set; }

        public int Filled { get; private set; }

        public int Reorganised { get; private set; }

        public bool IsDone => _intents.All(intent => intent.Done);

        private IEnumerable<Signed> Mined => _blocks.SelectMany(block => block);

        private IEnumerable<Signed> Final => _blocks.Take(_finalBlocks).SelectMany(block => block);

        public void Step(bool faults)
        {
            _now += TimeSpan.FromSeconds(_random.Next(1, 20));
            if (faults && _random.Next(12) == 0) _intents.Add(new Intent());
            if (faults) Disturb();
            else _baseFee = 100;
            Look(stale: faults && _random.Next(4) == 0 ? _random.Next(1, 4) : 0, faults);
            if (_random.Next(3) == 0 || !faults) Mine();
            // What was final stays so, however short the chain is for a while.
            _finalBlocks = Math.Max(_finalBlocks, _blocks.Count - FinalLag);
            Check();
        }

        public void RequireDone()
        {
            Assert.True(IsDone, $"Seed {seed}: not done, with {Next(0)} the next nonce: {string.Join("; ", _intents.Where(intent => !intent.Done).Select(Describe))}");
            Assert.All(_intents.Where(intent => !intent.IsFiller && !intent.Obsolete), intent => Assert.Single(Final, mined => mined.For == intent && !mined.Version.Fills));
        }

        private static string Describe(Intent intent) =>
            $"nonce {intent.Nonce}{(intent.IsFiller ? ", filler" : "")}{(intent.Obsolete ? ", obsolete" : "")}: {string.Join(", ", intent.Versions.Select(signed => signed.Version))}";

        private void Disturb()
        {
            switch (_random.Next(14))
            {
                case 0: _baseFee = 5_000; break;
                case 1: _baseFee = 100; break;
                case 2: _baseFee = (ulong)_random.Next(1, 15_000); break;
                case 3 or 4: foreach (var nonce in _pool.Keys.Where(_ => _random.Next(3) == 0).ToArray()) _pool.Remove(nonce); break;
                case 5: Reorganise(); break;
                case 6: _refusals.Clear(); break;
                // Another program, with the same key.
                case 7 when _random.Next(3) == 0: _blocks.Add([Foreign()]); break;
                case 8 when _random.Next(3) == 0: _intents[_random.Next(_intents.Count)].Obsolete = true; break;
                default: break;
            }
        }

        private Signed Foreign() => new(null, Next(0), new SignedVersion(1, Fresh(), default, 0, 0, Fills: false, null, null));

        private Hash32 Fresh() => Keccak256.HashText($"{seed} {_counter++}");

        private void Reorganise()
        {
            var depth = Math.Min(_random.Next(1, FinalLag + 1), _blocks.Count - _finalBlocks);
            if (depth == 0) return;
            Reorganised++;
            foreach (var gone in _blocks[^depth..].SelectMany(block => block))
            {
                // Back to the pool, or nowhere; somebody else's is gone for good.
                if (gone.For is not null && _random.Next(2) == 0) _pool[gone.Nonce] = gone;
            }

            _blocks.RemoveRange(_blocks.Count - depth, depth);
        }

        private ulong Next(int stale) => (ulong)_blocks.SkipLast(stale).Sum(block => block.Count);

        private void Mine()
        {
            var block = new List<Signed>();
            while (_pool.Remove(Next(0) + (ulong)block.Count, out var next))
            {
                if (next.Version.Fee.Cap >= _baseFee) block.Add(next);
                else _pool[next.Nonce] = next;
                if (next.Version.Fee.Cap < _baseFee) break;
            }

            foreach (var nonce in _pool.Keys.Where(nonce => nonce < Next(0)).ToArray()) _pool.Remove(nonce);
            _blocks.Add(block);
        }

        /// <summary>One look of the sender at all that is open.</summary>
        private void Look(int stale, bool faults)
        {
            var next = Next(stale);
            if (next != _lastNext) (_lastNext, _nextSince) = (next, _now);
            PlanFillers(next);
            foreach (var intent in _intents.Where(intent => !intent.Done).OrderBy(intent => intent.Nonce ?? ulong.MaxValue).ToArray())
            {
                // The process ends here: what is stored stays.
                if (faults && _random.Next(40) == 0) return;
                Follow(intent, next, stale, faults);
            }
        }

        private void PlanFillers(ulong next)
        {
            var highest = _intents.Where(intent => !intent.Done).Max(intent => intent.Nonce) ?? 0;
            for (var nonce = next; nonce < highest; nonce++)
            {
                if (!_intents.Any(intent => intent.Nonce == nonce || intent.All.Any(signed => signed.Nonce == nonce))) _intents.Add(new Intent { IsFiller = true, Nonce = nonce });
            }
        }

        private void Follow(Intent intent, ulong next, int stale, bool faults)
        {
            for (var actions = 0; actions < 8; actions++)
            {
                var item = new SendItem(intent.Nonce, [.. intent.Versions.Select(signed => signed.Version)], intent.Obsolete);
                var view = ViewOf(intent, next, stale);
                switch (SendDecision.Decide(item, view, Policy))
                {
                    case SendAction.Sign sign:
                        var version = new SignedVersion((uint)intent.Versions.Count + 1, Fresh(), sign.Fee, sign.GasLimit, sign.DataFee, sign.Fills, null, null);
                        RequireBetter(intent, sign);
                        intent.Nonce = sign.Nonce;
                        intent.Versions.Add(new Signed(intent, sign.Nonce, version));
                        intent.All.Add(intent.Versions[^1]);
                        if (intent.Versions.Count > 1) Replaced++;
                        if (sign.Fills) Filled++;
                        if (faults && _random.Next(10) == 0) return;
                        break;
                    case SendAction.Send send:
                        Assert.Contains(send.Version, item.Versions);
                        Send(intent, (int)send.Version.Number - 1, faults);
                        if (faults && _random.Next(10) == 0) return;
                        break;
                    case SendAction.Settle settle:
                        intent.Done = !settle.Version.Fills || intent.Obsolete;
                        if (!intent.Done) Restart(intent);
                        return;
                    case SendAction.Release:
                        Released++;
                        Restart(intent);
                        intent.Done = intent.IsFiller;
                        return;
                    case SendAction.GiveUp:
                        // It leaves nothing behind: its nonce may come to be a gap again.
                        (intent.Done, intent.Nonce) = (true, null);
                        return;
                    case SendAction.Wait:
                        return;
                    default:
                        Assert.Fail("There is nothing to ask.");
                        return;
                }
            }

            Assert.Fail($"Seed {seed}: the decision goes round in circles.");
        }

        private SendView ViewOf(Intent intent, ulong next, int stale)
        {
            // Stale heads see less; a quorum is never wrong about final blocks, and may see them later.
            var seen = intent.Nonce < next ? _blocks.SkipLast(stale).SelectMany(block => block).FirstOrDefault(mined => mined.For == intent && mined.Nonce == intent.Nonce) : null;
            var final = _blocks.Take(Math.Max(0, _finalBlocks - stale)).SelectMany(block => block).ToArray();
            var given = _intents.SelectMany(other => other.All).Select(signed => signed.Nonce + 1).Append(0UL).Max();
            var free = Math.Max(next, given);
            return new SendView
            {
                Now = _now, NextNonce = next, NextSince = _nextSince, FreeNonce = free - next < MostOpen ? free : null, BaseFee = _baseFee, Tip = 10, Budget = 50_000 * 10_000,
                HoldsUp = _intents.Any(other => !other.Done && other.Nonce > intent.Nonce),
                Mined = seen is null ? null : new MinedVersion(seen.Version.Number, Array.IndexOf(final, seen) >= 0),
                SpentByAnother = seen is null && intent.Nonce < (ulong)final.Length,
                Refusal = intent.Versions.Count > 0 ? _refusals.GetValueOrDefault(intent.Versions[^1].Version.Hash) : null,
                Call = _random.Next(10) == 0 ? new GasEstimate(0, 0, ChainErrorKind.Reverted) : new GasEstimate(40_000, 0),
                Filler = new GasEstimate(21_000, 0),
            };
        }

        private static void Restart(Intent intent)
        {
            intent.Nonce = null;
            intent.Versions.Clear();
        }

        private void Send(Intent intent, int index, bool faults)
        {
            var signed = intent.Versions[index];
            var refusal = faults ? _random.Next(6) : 6;
            // The answer is friendly, and nothing was taken.
            if (refusal > 1) Offer(signed, ref refusal);
            if (refusal is 0 or 5)
            {
                var kind = refusal == 0 ? ChainErrorKind.PoolFull : ChainErrorKind.ReplacementUnderpriced;
                _refusals[signed.Version.Hash] = new SendRefusal(kind, string.Empty, _now);
                return;
            }

            _refusals.Remove(signed.Version.Hash);
            intent.Versions[index] = signed with { Version = signed.Version with { FirstSent = signed.Version.FirstSent ?? _now, LastSent = _now } };
        }

        private void Offer(Signed signed, ref int refusal)
        {
            if (signed.Nonce < Next(0)) return;
            if (!_pool.TryGetValue(signed.Nonce, out var other)) _pool[signed.Nonce] = signed;
            else if (other.Version.Hash == signed.Version.Hash) refusal = 6;
            else if (signed.Version.Fee.Tip * 10 < other.Version.Fee.Tip * 11 || signed.Version.Fee.Cap * 10 < other.Version.Fee.Cap * 11) refusal = 5;
            else _pool[signed.Nonce] = signed;
        }

        private void RequireBetter(Intent intent, SendAction.Sign sign)
        {
            Assert.True(sign.Fee.Cap <= Policy.MaxFeePerGas && sign.Fee.Tip <= sign.Fee.Cap, $"Seed {seed}: an offer above the cap.");
            if (intent.Versions.Count == 0) return;
            var old = intent.Versions[^1].Version.Fee;
            Assert.True(sign.Nonce == intent.Nonce, $"Seed {seed}: another nonce while one is open.");
            Assert.True(sign.Fee.Tip * 8 >= old.Tip * 9 && sign.Fee.Cap * 8 >= old.Cap * 9, $"Seed {seed}: less than an eighth more.");
        }

        private void Check()
        {
            var finalNonces = (ulong)Final.Count();
            foreach (var intent in _intents)
            {
                Assert.True(Mined.Count(mined => mined.For == intent && !mined.Version.Fills) <= 1, $"Seed {seed}: an effect twice.");
                Assert.True(
                    intent.All.Where(signed => signed.Nonce >= finalNonces).Select(signed => signed.Nonce).Distinct().Count() <= 1,
                    $"Seed {seed}: two nonces of one intent can still be mined.");
            }

            Assert.True(
                _intents.SelectMany(intent => intent.All).GroupBy(signed => signed.Nonce).All(group => group.Select(signed => signed.For).Distinct().Count() == 1),
                $"Seed {seed}: one nonce for two intents.");
        }
    }
}
