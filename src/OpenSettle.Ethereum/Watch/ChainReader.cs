using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ledger;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using Contract = OpenSettle.Ethereum.Contracts;

namespace OpenSettle.Ethereum.Watch;

/// <summary>
/// Reads ranges of final blocks into facts. Blocks are linked by parent hash, and every log has to lie in a block of that
/// chain, so a reply from another fork is refused and not mixed in.
/// </summary>
public sealed class ChainReader(IChainClient client, WatchedDeployment deployment)
{
    // Endpoints bound the size of a filter; this many topics are taken by all that are known.
    private const int TopicsAtOnce = 200;

    /// <summary>The row of a split that stands for the token's owner, as the registry contract derives it.</summary>
    public static Address OwnerSentinel { get; } = Address.FromBytes(Keccak256.HashText("OpenSettle.OWNER").ToArray().AsSpan(12));

    /// <summary>
    /// Reads the range. <paramref name="previous"/> is the hash of the block before it, where the books have one.
    /// </summary>
    /// <exception cref="FinalBlockChangedException">The range does not follow the block that the books end with.</exception>
    public async Task<ChainBatch> ReadAsync(
        ulong first, ulong last, Hash32? previous, RegistryBook book, IReadOnlyList<Address> knownTokens, CancellationToken cancellation)
    {
        var headers = Link(client.Endpoint, await client.GetBlocksAsync(first, last, cancellation), first, previous);
        var reading = new Reading(client.Endpoint, deployment, headers, first);

        var id = deployment.Id;
        var own = await LogsAsync(first, last, [id.Registry, id.Rail, id.Vault, deployment.Resolver], [], cancellation);
        foreach (var log in own) reading.TakeOwn(log);

        var payAddresses = new Dictionary<Address, (ModelId Model, LogPosition Since)>();
        foreach (var model in book.Models) payAddresses.Add(model.PayAddress, (model.Id, model.Registration.At));
        foreach (var model in reading.NewModels) payAddresses.Add(model.PayAddress, (model.Model, model.At));
        var tokens = knownTokens.Concat(reading.NewTokens).Where(token => !token.IsZero).Distinct().ToArray();
        foreach (var chunk in payAddresses.Keys.Chunk(TopicsAtOnce))
        {
            if (tokens.Length > 0)
            {
                var to = chunk.Select(Padded).ToArray();
                foreach (var log in await LogsAsync(first, last, tokens, [[Erc20.TransferTopic], [], to], cancellation))
                    reading.TakeTransfer(log, payAddresses);
            }

            foreach (var log in await LogsAsync(first, last, chunk, [[ModelAccount.NativeReceivedTopic]], cancellation))
                reading.TakeNative(log, payAddresses);
        }

        return new ChainBatch(headers[0], headers[^1], [.. reading.Facts.OrderBy(fact => fact.At)]);
    }

    private static BlockHeader[] Link(string endpoint, IReadOnlyList<BlockHeader?> replies, ulong first, Hash32? previous)
    {
        var headers = new BlockHeader[replies.Count];
        var parent = previous;
        for (var i = 0; i < replies.Count; i++)
        {
            var number = first + (ulong)i;
            // An endpoint behind a balancer may lag behind the one that answered before: asked again, it may know the block.
            var header = replies[i]
                ?? throw new ChainException(ChainErrorKind.BadReply, endpoint, "eth_getBlockByNumber", $"block {number} was called final and is not there");
            if (parent is { } expected && header.ParentHash != expected)
            {
                throw new FinalBlockChangedException(
                    $"Block {number} follows {header.ParentHash}, and block {number - 1} was {expected}: final blocks were reorganised.");
            }

            headers[i] = header;
            parent = header.Hash;
        }

        return headers;
    }

    private static Hash32 Padded(Address address)
    {
        Span<byte> word = stackalloc byte[Hash32.Size];
        word.Clear();
        address.WriteTo(word[12..]);
        return Hash32.FromBytes(word);
    }

    private Task<IReadOnlyList<LogEntry>> LogsAsync(
        ulong first, ulong last, IReadOnlyList<Address> addresses, IReadOnlyList<IReadOnlyList<Hash32>> topics, CancellationToken cancellation) =>
        client.GetLogsAsync(new LogFilter(first, last, addresses, topics), cancellation);

    /// <summary>One range on its way from logs to facts.</summary>
    private sealed class Reading(string endpoint, WatchedDeployment deployment, BlockHeader[] headers, ulong first)
    {
        private readonly Dictionary<Address, LogPosition> _listedHere = [];

        public List<ChainFact> Facts { get; } = [];

        public List<Registry.ModelRegistered> NewModels { get; } = [];

        public IEnumerable<Address> NewTokens => _listedHere.Keys;

        public void TakeOwn(LogEntry log)
        {
            var (at, time) = Place(log);
            var id = deployment.Id;
            try
            {
                if (log.Address == id.Registry) TakeRegistry(Contract.ModelRegistry.Decode(log), at, time);
                else if (log.Address == id.Rail && InferencePayments.Decode(log) is InferencePayments.Paid paid)
                {
                    Facts.Add(new PaymentMade(at, new Payment(
                        at, time, log.TransactionHash, new ModelId(paid.ModelId), paid.Token, paid.Amount, paid.Payer, paid.UsageRef, PaymentRoute.Rail)));
                }
                else if (log.Address == id.Vault) TakeVault(RoyaltySplit.Decode(log), at, time, log.TransactionHash);
                else if (log.Address == deployment.Resolver && SettlementResolver.Decode(log) is SettlementResolver.EpochAttested attested)
                    Facts.Add(new EpochWasAttested(at, attested.Epoch, attested.Uid));
            }
            catch (AbiException wrong)
            {
                throw new ChainException(ChainErrorKind.BadReply, endpoint, "eth_getLogs", $"the log at {at} of {log.Address} cannot be read: {wrong.Message}", wrong);
            }
        }

        public void TakeTransfer(LogEntry log, Dictionary<Address, (ModelId Model, LogPosition Since)> payAddresses)
        {
            if (Erc20.Decode(log) is { } transfer) TakePayment(log, transfer.To, transfer.From, log.Address, transfer.Amount, payAddresses);
        }

        public void TakeNative(LogEntry log, Dictionary<Address, (ModelId Model, LogPosition Since)> payAddresses)
        {
            if (ModelAccount.Decode(log) is ModelAccount.NativeReceived received)
                TakePayment(log, log.Address, received.Payer, Address.Zero, received.Amount, payAddresses);
        }

        private void TakePayment(
            LogEntry log, Address to, Address payer, Address token, UInt256 amount, Dictionary<Address, (ModelId Model, LogPosition Since)> payAddresses)
        {
            var (at, time) = Place(log);
            // What came before the model was registered has no terms yet, and what came before its token was listed was not
            // looked for then: the sweep finds both as an excess, however the blocks were cut into ranges. A transfer of
            // nothing pays nothing.
            if (!payAddresses.TryGetValue(to, out var model) || at < model.Since || amount.IsZero) return;
            if (_listedHere.TryGetValue(token, out var listed) && at < listed) return;
            Facts.Add(new PaymentMade(at, new Payment(
                at, time, log.TransactionHash, model.Model, token, amount, payer, Hash32.Zero, PaymentRoute.PayAddress)));
        }

        private void TakeRegistry(ContractEvent? said, LogPosition at, ulong time)
        {
            RegistryFact? fact = said switch
            {
                Contract.ModelRegistry.ModelRegistered e => new Registry.ModelRegistered(
                    at, time, new ModelId(e.ModelId), e.Number, e.Creator, e.PayAddress, e.NoticePeriod, e.IdentityHash, e.MetadataHash, e.Uri),
                Contract.ModelRegistry.SplitSet e => new Registry.SplitSet(
                    at, time, new ModelId(e.ModelId), e.EffectiveAt,
                    new Registry.SplitTable(e.Version, ToRows(e.Rows)) { PoolWeight = (UInt128)e.PoolWeight, Fallback = ToRows(e.FallbackRows) }),
                Contract.ModelRegistry.SplitCommitted e => new Registry.SplitSet(
                    at, time, new ModelId(e.ModelId), e.EffectiveAt,
                    new Registry.SplitTable(e.Version, []) { Commitment = new Registry.TableCommitment(e.Table.Hash, e.Table.Rows, e.Table.Weight) }),
                Contract.ModelRegistry.SplitCancelled e => new Registry.SplitCancelled(at, time, new ModelId(e.ModelId), e.Version),
                Contract.ModelRegistry.LineageSet e => new Registry.LineageSet(
                    at, time, new ModelId(e.ModelId), e.EffectiveAt,
                    new Lineage(e.Version, [.. e.Parents.Select(parent => new Registry.Parent(new ModelId(parent.ModelId), parent.Share))])),
                Contract.ModelRegistry.LineageCancelled e => new Registry.LineageCancelled(at, time, new ModelId(e.ModelId), e.Version),
                Contract.ModelRegistry.GatewaySet e => new Registry.GatewaySet(at, time, new ModelId(e.ModelId), e.Gateway, e.Listed),
                Contract.ModelRegistry.Transfer e => new OwnerChanged(at, time, new ModelId(e.ModelId), e.To),
                _ => null,
            };
            if (fact is null) return;
            if (fact is Registry.ModelRegistered registered) NewModels.Add(registered);
            Facts.Add(new RegistrySaid(at, fact));
        }

        private void TakeVault(ContractEvent? said, LogPosition at, ulong time, Hash32 transaction)
        {
            switch (said)
            {
                case RoyaltySplit.TokenListed e:
                    _listedHere.Add(e.Token, at);
                    Facts.Add(new TokenWasListed(at, new Epochs.ListedToken(e.Token, e.SmallestLeaf)));
                    break;
                case RoyaltySplit.Swept e:
                    Facts.Add(new PayAddressSwept(at, new Sweep(at, time, transaction, new ModelId(e.ModelId), e.Token, e.Amount)));
                    break;
                case RoyaltySplit.Claimed e:
                    Facts.Add(new AccountPaid(at, new Payout(at, transaction, e.Account, e.Token, e.Amount)));
                    break;
                case RoyaltySplit.EpochProposed e:
                    Facts.Add(new EpochWasProposed(at, e.Proposal, e.ReadyAt));
                    break;
                case RoyaltySplit.EpochVetoed e:
                    Facts.Add(new EpochWasVetoed(at, e.Epoch, e.Attempt));
                    break;
                case RoyaltySplit.EpochActivated e:
                    Facts.Add(new EpochWasActivated(at, e.Epoch, e.Root));
                    break;
                default:
                    break;
            }
        }

        private static Registry.SplitRow[] ToRows(IReadOnlyList<Contract.SplitRow> rows) =>
            [.. rows.Select(row => new Registry.SplitRow(row.Account == OwnerSentinel ? null : row.Account, (UInt128)row.Weight, RoleText.FromWord(row.Role)))];

        private (LogPosition At, ulong Time) Place(LogEntry log)
        {
            var header = headers[checked((int)(log.BlockNumber - first))];
            if (header.Hash != log.BlockHash)
            {
                throw new ChainException(
                    ChainErrorKind.BadReply, endpoint, "eth_getLogs", $"a log of block {log.BlockNumber} is from block {log.BlockHash}, the chain has {header.Hash}");
            }

            return (new LogPosition(log.BlockNumber, log.LogIndex), header.Timestamp);
        }
    }
}
