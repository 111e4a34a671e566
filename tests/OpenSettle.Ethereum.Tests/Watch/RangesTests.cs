using OpenSettle.Ethereum.Attestations;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Proof;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Passports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Watch;

public sealed class RangesTests
{
    private const int Chains = 150;
    private const ulong Last = RangesChain.Blocks - 1;

    private static readonly CancellationToken Stop = CancellationToken.None;

    [Theory]
    [InlineData(Completeness.Receipts)]
    [InlineData(Completeness.Bloom)]
    [InlineData(Completeness.Second)]
    public async Task Ranges_OfRandomChains_HoldWhatOneWalkFinds(Completeness completeness)
    {
        var found = 0;
        for (var seed = 0; seed < Chains; seed++)
        {
            var chain = new RangesChain(seed, quiet: seed % 10);
            var source = Source(completeness, new RangesReader(chain));
            var (wanted, expected) = (RangesChain.Wanted(), RangesChain.Wanted());
            // However the blocks are cut into ranges.
            var random = new Random(seed);
            for (var first = 0; first < RangesChain.Blocks;)
            {
                var last = Math.Min(first + random.Next(RangesChain.Blocks), RangesChain.Blocks - 1);
                var range = await source.ReadAsync((ulong)first, (ulong)last, wanted, Stop);
                Assert.Equal(chain.Headers[first..(last + 1)].Select(block => block.Header), range.Headers);
                Assert.Equal(Print(chain.Walk(first, last, expected)), Print(range.Logs));
                found += range.Logs.Count;
                first = last + 1;
            }

            Assert.Equal(expected.PayAddresses.Order(), wanted.PayAddresses.Order());
            Assert.Equal(expected.Tokens.Order(), wanted.Tokens.Order());
        }

        Assert.True(found > Chains, $"{found} logs.");
    }

    [Fact]
    public async Task Proven_OfQuietBlocks_AreNotAskedFor()
    {
        var spared = 0;
        for (var seed = 0; seed < Chains; seed++)
        {
            var chain = new RangesChain(seed, quiet: 8);
            var reader = new RangesReader(chain);
            var wanted = RangesChain.Wanted();
            await new ProvenRanges(reader).ReadAsync(0, Last, wanted, Stop);
            Assert.Equal(reader.Proven.Count, reader.Proven.Distinct().Count());
            // What is known at the end is the most that any block was looked at with.
            Assert.All(reader.Proven, block => Assert.True(wanted.MayHold(chain.Headers[(int)block].Bloom.Span)));
            spared += RangesChain.Blocks - reader.Proven.Count;
        }

        Assert.True(spared > Chains * 5, $"{spared} blocks were not asked for.");
    }

    [Fact]
    public async Task Proven_ModelRegisteredInTheRange_IsLookedForInBlocksThatWerePassedOver()
    {
        var chain = new RangesChain(1, quiet: 10);
        var asked = new List<ulong[]>();
        Put(chain, 3, RangesChain.Native(RangesChain.PayAddress(7)));
        Put(chain, 5, RangesChain.Registered(7), RangesChain.Native(RangesChain.PayAddress(7)));
        Put(chain, 9, RangesChain.Native(RangesChain.PayAddress(7)));
        var reader = new RangesReader(chain)
        {
            Receipts = (blocks, _) =>
            {
                asked.Add([.. blocks.Select(block => block.Header.Number)]);
                return Task.FromResult<IReadOnlyList<IReadOnlyList<LogEntry>?>>([.. blocks.Select(block => chain.All[(int)block.Header.Number])]);
            },
        };
        var range = await new ProvenRanges(reader).ReadAsync(0, Last, RangesChain.Wanted(), Stop);
        // Paid before it was registered: nobody's money yet.
        Assert.Equal([5UL, 5, 9], range.Logs.Select(log => log.BlockNumber));
        Assert.Equal(9UL, Assert.Single(asked[1..], blocks => blocks.Contains(9UL))[^1]);
        Assert.DoesNotContain(asked, blocks => blocks.Contains(3UL));
    }

    [Fact]
    public async Task Proven_ManyBlocks_AreAskedForSeveralAtOnceAndTakenInOrder()
    {
        var chain = new RangesChain(2, quiet: 0);
        foreach (var (block, i) in chain.Headers.ToArray().Select((block, i) => (block, i)))
        {
            Put(chain, i, RangesChain.Native(RangesChain.PayAddress(0)));
            // So many transactions that each block is a question of its own.
            chain.Headers[i] = chain.Headers[i] with { Transactions = [.. Enumerable.Repeat(block.Header.Hash, 500)] };
        }

        var open = new Stack<(TaskCompletionSource Gate, ulong Block)>();
        var most = 0;
        var reader = new RangesReader(chain)
        {
            Receipts = async (blocks, _) =>
            {
                var gate = new TaskCompletionSource();
                open.Push((gate, blocks[0].Header.Number));
                most = Math.Max(most, open.Count);
                // The last one asked for is answered first, once as many wait as ever do.
                if (open.Count == 4 || blocks[^1].Header.Number == Last)
                {
                    while (open.TryPop(out var waiting)) waiting.Gate.SetResult();
                }

                await gate.Task;
                return [.. blocks.Select(block => chain.All[(int)block.Header.Number])];
            },
        };
        var range = await new ProvenRanges(reader).ReadAsync(0, Last, RangesChain.Wanted(), Stop);
        Assert.Equal(Enumerable.Range(0, RangesChain.Blocks).Select(block => (ulong)block), range.Logs.Select(log => log.BlockNumber));
        Assert.Equal(4, most);
        Assert.Equal(RangesChain.Blocks, reader.Questions);
    }

    [Fact]
    public async Task Proven_WhereOneQuestionFails_EndsAndCallsTheOthersOff()
    {
        var chain = new RangesChain(3, quiet: 0);
        for (var i = 0; i < RangesChain.Blocks; i++)
        {
            Put(chain, i, RangesChain.Native(RangesChain.PayAddress(0)));
            chain.Headers[i] = chain.Headers[i] with { Transactions = [.. Enumerable.Repeat(default(Hash32), 500)] };
        }

        var calledOff = 0;
        var reader = new RangesReader(chain)
        {
            Receipts = async (blocks, cancellation) =>
            {
                if (blocks[0].Header.Number == 0) throw new ChainException(ChainErrorKind.Unreachable, "http://one", "eth_getBlockReceipts", "gone");
                var never = new TaskCompletionSource();
                await using var registration = cancellation.Register(() =>
                {
                    calledOff++;
                    never.SetCanceled(cancellation);
                });
                await never.Task;
                return [];
            },
        };
        var failure = await Assert.ThrowsAsync<ChainException>(() => new ProvenRanges(reader).ReadAsync(0, Last, RangesChain.Wanted(), Stop));
        Assert.Equal(ChainErrorKind.Unreachable, failure.Kind);
        Assert.Equal(3, calledOff);
    }

    [Theory]
    [InlineData(Completeness.Receipts)]
    [InlineData(Completeness.Bloom)]
    [InlineData(Completeness.Second)]
    public async Task Ranges_OfHeadersThatAreMissingOrOfTwoForks_AreRefused(Completeness completeness)
    {
        var chain = new RangesChain(4);
        var gap = Source(completeness, new RangesReader(chain) { Header = header => header.Header.Number == 7 ? null : header });
        var missing = await Assert.ThrowsAsync<ChainException>(() => gap.ReadAsync(0, Last, RangesChain.Wanted(), Stop));
        Assert.Equal(ChainErrorKind.UnknownBlock, missing.Kind);
        Assert.Contains("block 7 ", missing.Message);

        var fork = Source(completeness, new RangesReader(chain)
        {
            Header = header => header.Header.Number == 7 ? header with { Header = header.Header with { ParentHash = Keccak256.HashText("another") } } : header,
        });
        var unlinked = await Assert.ThrowsAsync<ChainException>(() => fork.ReadAsync(0, Last, RangesChain.Wanted(), Stop));
        Assert.Equal(ChainErrorKind.BadReply, unlinked.Kind);
        Assert.Contains("two forks", unlinked.Message);
    }

    [Theory]
    [InlineData(Completeness.Receipts)]
    [InlineData(Completeness.Bloom)]
    public async Task Ranges_OfABlockWithoutReceiptsAnyMore_AreToBeReadAgain(Completeness completeness)
    {
        var chain = new RangesChain(5, quiet: 10);
        Put(chain, 4, RangesChain.Native(RangesChain.PayAddress(0)));
        var source = Source(completeness, new RangesReader(chain)
        {
            Filtered = _ => [],
            Receipts = (blocks, _) => Task.FromResult<IReadOnlyList<IReadOnlyList<LogEntry>?>>([.. blocks.Select(_ => (IReadOnlyList<LogEntry>?)null)]),
        });
        var failure = await Assert.ThrowsAsync<ChainException>(() => source.ReadAsync(0, Last, RangesChain.Wanted(), Stop));
        Assert.Equal((ChainErrorKind.UnknownBlock, true), (failure.Kind, failure.IsTransient));
    }

    [Fact]
    public async Task Bloom_LogsThatAreKeptBack_AreFoundOut()
    {
        for (var seed = 0; seed < Chains; seed++)
        {
            var chain = new RangesChain(seed, quiet: 8);
            var wanted = chain.Walk(0, (int)Last, RangesChain.Wanted());
            if (wanted.Count == 0) continue;
            // All logs of one block: what this way promises to find.
            var hidden = wanted[new Random(seed).Next(wanted.Count)].BlockNumber;
            var reader = new RangesReader(chain) { Filtered = logs => [.. logs.Where(log => log.BlockNumber != hidden)] };
            var failure = await Assert.ThrowsAsync<ChainException>(() => new BloomRanges(reader).ReadAsync(0, Last, RangesChain.Wanted(), Stop));
            Assert.Contains($"of block {hidden} ", failure.Message);
            Assert.Contains("completeness", failure.Message);
        }
    }

    [Fact]
    public async Task Second_EndpointsThatDiffer_AreBothNamed()
    {
        var refused = 0;
        for (var seed = 0; seed < Chains; seed++)
        {
            var chain = new RangesChain(seed);
            var wanted = chain.Walk(0, (int)Last, RangesChain.Wanted());
            if (wanted.Count == 0) continue;
            var hidden = wanted[new Random(seed).Next(wanted.Count)];
            var (honest, liar) = (new RangesReader(chain), new RangesReader(chain, "http://two")
            {
                Filtered = logs => [.. logs.Where(log => (log.BlockNumber, log.LogIndex) != (hidden.BlockNumber, hidden.LogIndex))],
            });
            foreach (var order in new[] { new[] { honest, liar }, [liar, honest] })
            {
                var failure = await Assert.ThrowsAsync<ChainException>(() => new AgreedRanges(() => order).ReadAsync(0, Last, RangesChain.Wanted(), Stop));
                Assert.Equal(ChainErrorKind.Disagreement, failure.Kind);
                Assert.Contains("http://one", failure.Message);
                Assert.Contains("http://two", failure.Message);
                refused++;
            }
        }

        Assert.True(refused > Chains, $"{refused} were refused.");
    }

    [Fact]
    public async Task Second_HeadersThatDiffer_AreRefused()
    {
        var (one, other) = (new RangesReader(new RangesChain(1)), new RangesReader(new RangesChain(2), "http://two"));
        var failure = await Assert.ThrowsAsync<ChainException>(() => new AgreedRanges(() => [one, other]).ReadAsync(0, Last, RangesChain.Wanted(), Stop));
        Assert.Equal((ChainErrorKind.Disagreement, "eth_getBlockByNumber"), (failure.Kind, failure.Method));
        var alone = await Assert.ThrowsAsync<ChainException>(() => new AgreedRanges(() => [one]).ReadAsync(0, Last, RangesChain.Wanted(), Stop));
        Assert.Equal((ChainErrorKind.Unreachable, true), (alone.Kind, alone.IsTransient));
    }

    [Fact]
    public async Task Filtered_LogsOfAnotherFork_AreRefused()
    {
        var chain = new RangesChain(6, quiet: 0);
        Put(chain, 4, RangesChain.Native(RangesChain.PayAddress(0)));
        var reader = new RangesReader(chain) { Filtered = logs => [.. logs.Select(log => log.BlockNumber == 4 ? log with { BlockHash = Keccak256.HashText("another") } : log)] };
        var failure = await Assert.ThrowsAsync<ChainException>(() => new BloomRanges(reader).ReadAsync(0, Last, RangesChain.Wanted(), Stop));
        Assert.Equal((ChainErrorKind.BadReply, "eth_getLogs"), (failure.Kind, failure.Method));
    }

    [Fact]
    public void Wanted_Log_IsNeverDeniedByItsBloom()
    {
        var held = 0;
        for (var seed = 0; seed < Chains * 2; seed++)
        {
            var chain = new RangesChain(seed);
            var wanted = RangesChain.Wanted();
            for (var block = 0; block < RangesChain.Blocks; block++)
            {
                var logs = chain.All[block];
                foreach (var log in logs)
                {
                    if (!wanted.Wants(in log)) continue;
                    held++;
                    // Both by the whole block's bloom and by that of the log alone; and by a copy's.
                    Assert.True(wanted.MayHold(chain.Headers[block].Bloom.Span));
                    Assert.True(wanted.MayHold(LogsBloom.Of([log])));
                    wanted.Learn(in log);
                    Assert.True(wanted.Copy().MayHold(LogsBloom.Of([log])));
                }
            }

            Assert.False(wanted.MayHold(new byte[LogsBloom.Size]));
        }

        Assert.True(held > Chains, $"{held} logs.");
    }

    [Fact]
    public void Attestation_BySomebodyElsesSchema_IsNeitherWantedNorLookedFor()
    {
        var wanted = RangesChain.Wanted();
        LogEntry Of(Hash32 topic, Address resolver) => RangesChain.Attested(topic, SchemaUid.Of(StatementKind.Evaluation, resolver));
        var (ours, revoked, theirs) = (Of(Eas.AttestedTopic, RangesChain.Deployment.Resolver), Of(Eas.RevokedTopic, RangesChain.Deployment.Resolver), Of(Eas.AttestedTopic, RangesChain.Account(5)));
        Assert.Equal((true, true, false), (wanted.Wants(in ours), wanted.Wants(in revoked), wanted.Wants(in theirs)));
        Assert.Equal((true, true, false), (wanted.MayHold(LogsBloom.Of([ours])), wanted.MayHold(LogsBloom.Of([revoked])), wanted.MayHold(LogsBloom.Of([theirs]))));
        // Where no service is named, none is looked at.
        var without = new WatchSet(RangesChain.Deployment with { Eas = Address.Zero });
        Assert.Equal((false, false), (without.Wants(in ours), without.MayHold(LogsBloom.Of([ours]))));
        Assert.Null(without.Attestations);
    }

    private static IRangeSource Source(Completeness completeness, RangesReader reader) => completeness switch
    {
        Completeness.Receipts => new ProvenRanges(reader),
        Completeness.Bloom => new BloomRanges(reader),
        _ => new AgreedRanges(() => [reader, reader]),
    };

    private static void Put(RangesChain chain, int block, params LogEntry[] logs)
    {
        var header = chain.Headers[block];
        chain.All[block] = [.. logs.Select((log, index) => RangesChain.At(log, (ulong)block, header.Header.Hash, (uint)index))];
        chain.Headers[block] = header with { Bloom = LogsBloom.Of(chain.All[block]), Transactions = [.. chain.All[block].Select(log => log.TransactionHash).Distinct()] };
    }

    private static IEnumerable<string> Print(IEnumerable<LogEntry> logs) =>
        logs.Select(log => $"{log.BlockNumber} {log.BlockHash} {log.TransactionHash} {log.LogIndex} {log.Address} {string.Join(',', log.Topics)} {Convert.ToHexString(log.Data.Span)}");
}
