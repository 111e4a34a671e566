using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using Proposal = OpenSettle.Ethereum.Contracts.Proposal;

namespace OpenSettle.Node.Tests.Support;

/// <summary>What happens in one block: the contracts' part, with the contracts' own events.</summary>
internal sealed partial class BlockWriter(ContractState state, ulong number, ulong timestamp, Func<ulong, Hash32?> hashOf)
{
    public const ulong Window = 60;
    public const int Threshold = 2;

    private readonly List<(Address Address, Hash32[] Topics, byte[] Data, Hash32 Transaction)> _logs = [];

    public ContractState State => state;

    public Hash32 Transaction { get; set; }

    /// <summary>Who calls.</summary>
    public Address Sender { get; set; }

    public IReadOnlyList<LogEntry> Logs(Hash32 blockHash) =>
        [.. _logs.Select((log, index) => new LogEntry(log.Address, LogTopics.Create(log.Topics), log.Data, number, blockHash, log.Transaction, (uint)index))];

    public int Count => _logs.Count;

    public void Forget(int count) => _logs.RemoveRange(count, _logs.Count - count);

    public void List(Address token, UInt256 smallestLeaf)
    {
        state.Listed.Add(token);
        Log(World.Vault, new AbiWriter().UInt(smallestLeaf, 128), RoyaltySplit.TokenListedEvent.Topic, Word(token));
    }

    public void Register(TestModel model, params (TestModel Parent, uint Share)[] parents)
    {
        state.Models.Add(model.Id, model);
        var registered = new AbiWriter().Account(model.PayAddress).UInt(60, 32).Word(Keccak256.HashText("identity")).Word(Keccak256.HashText("metadata")).Text("ipfs://model");
        Log(World.Registry, registered, ModelRegistry.ModelRegisteredEvent.Topic, model.Id, Word((ulong)state.Models.Count), Word(model.Creator));
        Log(World.Registry, new AbiWriter(), ModelRegistry.TransferEvent.Topic, default, Word(model.Creator), model.Id);
        SetSplit(model, 1, 0, model.Rows);
        SetLineage(model, 1, 0, parents);
    }

    public void SetSplit(
        TestModel model, uint version, ulong effectiveAt, IReadOnlyList<(Address? Account, ulong Weight)> rows,
        ulong pool = 0, IReadOnlyList<(Address? Account, ulong Weight)>? fallback = null)
    {
        var data = new AbiWriter().UInt(effectiveAt, 64).Array(rows, Row).UInt(pool, 96).Array(fallback ?? [], Row);
        Log(World.Registry, data, ModelRegistry.SplitSetEvent.Topic, model.Id, Word(version));
    }

    /// <summary>A split that the chain does not carry whole.</summary>
    public void CommitSplit(TestModel model, uint version, ulong effectiveAt, Registry.TableCommitment table) => Log(
        World.Registry, new AbiWriter().UInt(effectiveAt, 64).Word(table.Hash).UInt(table.Rows, 32).UInt(table.Weight, 128).Text("https://tables.example"),
        ModelRegistry.SplitCommittedEvent.Topic, model.Id, Word(version));

    public void SetLineage(TestModel model, uint version, ulong effectiveAt, params (TestModel Parent, uint Share)[] parents) => Log(
        World.Registry,
        new AbiWriter().UInt(effectiveAt, 64).Array(parents, static (writer, parent) => writer.Word(parent.Parent.Id).UInt(parent.Share, 32)),
        ModelRegistry.LineageSetEvent.Topic, model.Id, Word(version));

    public void CancelLineage(TestModel model, uint version) =>
        Log(World.Registry, new AbiWriter(), ModelRegistry.LineageCancelledEvent.Topic, model.Id, Word(version));

    public void SetGateway(TestModel model, Address gateway, bool listed) =>
        Log(World.Registry, new AbiWriter().Bool(listed), ModelRegistry.GatewaySetEvent.Topic, model.Id, Word(gateway));

    public void Sell(TestModel model, Address from, Address to) => Log(World.Registry, new AbiWriter(), ModelRegistry.TransferEvent.Topic, Word(from), Word(to), model.Id);

    /// <summary>Pays through the rail.</summary>
    public void Pay(TestModel model, Address token, UInt256 amount)
    {
        if (!token.IsZero) Log(token, new AbiWriter().UInt(amount), Erc20.TransferTopic, Word(World.Payer), Word(World.Vault));
        Log(World.Rail, new AbiWriter().UInt(amount).Word(Keccak256.HashText("use")), InferencePayments.PaidEvent.Topic, model.Id, Word(World.Payer), Word(token));
        Credit(token, amount);
    }

    /// <summary>Pays by plain transfer to the pay address.</summary>
    public void Send(TestModel model, Address token, UInt256 amount)
    {
        if (token.IsZero) Log(model.PayAddress, new AbiWriter().UInt(amount), ModelAccount.NativeReceivedTopic, Word(World.Payer));
        else Log(token, new AbiWriter().UInt(amount), Erc20.TransferTopic, Word(World.Payer), Word(model.PayAddress));
        Put(model, token, amount);
    }

    /// <summary>Money at a pay address that no log tells of.</summary>
    public void Put(TestModel model, Address token, UInt256 amount) =>
        state.Balances[(token, model.PayAddress)] = state.Balances.GetValueOrDefault((token, model.PayAddress)) + amount;

    /// <summary>Money of a pay address disappears: the token is hostile.</summary>
    public void Take(TestModel model, Address token, UInt256 amount) => state.Balances[(token, model.PayAddress)] -= amount;

    public void Sweep(Address token, params IReadOnlyList<Hash32> models)
    {
        if (!state.Listed.Contains(token)) throw Revert("TokenNotListed(address)", writer => writer.Account(token));
        foreach (var id in models)
        {
            if (!state.Models.TryGetValue(id, out var model)) throw Revert("UnknownModel(bytes32)", writer => writer.Word(id));
            var amount = state.Balances.GetValueOrDefault((token, model.PayAddress));
            if (amount.IsZero) continue;
            state.Balances[(token, model.PayAddress)] = UInt256.Zero;
            if (!token.IsZero) Log(token, new AbiWriter().UInt(amount), Erc20.TransferTopic, Word(model.PayAddress), Word(World.Vault));
            Credit(token, amount);
            Log(World.Vault, new AbiWriter().UInt(amount), RoyaltySplit.SweptEvent.Topic, id, Word(token));
        }
    }

    public void Propose(Proposal proposal, IReadOnlyList<AttestorSignature> signatures)
    {
        if (timestamp < state.PausedUntil) throw Revert("PausedUntil(uint64)", writer => writer.UInt(state.PausedUntil, 64));
        if (state.Open is not null) throw Revert("ProposalOpen(uint64)", writer => writer.UInt(state.Open.Epoch, 64));
        if (proposal.Epoch != state.Epoch + 1) throw Revert("WrongEpoch(uint64,uint64)", writer => writer.UInt(proposal.Epoch, 64).UInt(state.Epoch + 1, 64));
        if (proposal.Attempt != state.Attempt) throw Revert("WrongAttempt(uint32,uint32)", writer => writer.UInt(proposal.Attempt, 32).UInt(state.Attempt, 32));
        if (proposal.AttestorSet != state.AttestorSet)
            throw Revert("WrongAttestorSet(uint32,uint32)", writer => writer.UInt(proposal.AttestorSet, 32).UInt(state.AttestorSet, 32));
        if (proposal.PreviousRoot != state.Root) throw Revert("WrongPreviousRoot(bytes32,bytes32)", writer => writer.Word(proposal.PreviousRoot).Word(state.Root));
        if (proposal.LastBlock >= number) throw Revert("BlockNotPast(uint64)", writer => writer.UInt(proposal.LastBlock, 64));
        if (hashOf(proposal.LastBlock) is { } known && known != proposal.LastBlockHash)
            throw Revert("WrongBlockHash(uint64,bytes32,bytes32)", writer => writer.UInt(proposal.LastBlock, 64).Word(proposal.LastBlockHash).Word(known));
        foreach (var total in proposal.Totals)
        {
            var credited = state.Credited.GetValueOrDefault(total.Token);
            if (total.Total > credited)
                throw Revert("PromisesMoreThanCredited(address,uint256,uint256)", writer => writer.Account(total.Token).UInt(total.Total).UInt(credited));
            if (total.Total < state.Promised.GetValueOrDefault(total.Token))
                throw Revert("TotalLowered(address,uint256,uint256)", writer => writer.Account(total.Token).UInt(total.Total).UInt(0));
        }

        RequireQuorum(proposal, signatures);
        state.Open = proposal;
        state.ReadyAt = timestamp + Window;
        LogProposal(proposal);
    }

    /// <summary>Somebody activates what is open.</summary>
    public void Activate() => Activate(state.Open ?? throw Revert("NoProposal()", writer => writer));

    public void Activate(Proposal proposal)
    {
        var open = state.Open ?? throw Revert("NoProposal()", writer => writer);
        var (given, known) = (Digest(proposal), Digest(open));
        if (given != known) throw Revert("NotTheProposal(bytes32,bytes32)", writer => writer.Word(given).Word(known));
        if (timestamp < state.PausedUntil) throw Revert("PausedUntil(uint64)", writer => writer.UInt(state.PausedUntil, 64));
        if (timestamp < state.ReadyAt) throw Revert("WindowOpen(uint64)", writer => writer.UInt(state.ReadyAt, 64));
        foreach (var total in open.Totals) state.Promised[total.Token] = total.Total;
        (state.Epoch, state.Attempt, state.Root, state.Open) = (open.Epoch, 0, open.Root, null);
        state.Records.Add(open.Epoch, open.Record);
        state.PushRoots.Add(open.Epoch, open.PushRoot);
        Log(World.Vault, new AbiWriter(), RoyaltySplit.EpochActivatedEvent.Topic, Word(open.Epoch), open.Root);
    }

    public void Veto()
    {
        var open = state.Open ?? throw Revert("NoProposal()", writer => writer);
        Log(World.Vault, new AbiWriter(), RoyaltySplit.EpochVetoedEvent.Topic, Word(open.Epoch), Word(state.Attempt));
        state.Attempt++;
        state.Open = null;
    }

    private void Veto(ulong epoch, uint attempt)
    {
        if (Sender != World.Guardian) throw Revert("OnlyGuardian(address)", writer => writer.Account(Sender));
        if (state.Open is not { } open || open.Epoch != epoch || state.Attempt != attempt) throw Revert("NoProposal()", writer => writer);
        Veto();
    }

    /// <summary>Somebody attests an epoch.</summary>
    public void Attest(ulong epoch) =>
        Attest(state.Records.GetValueOrDefault(epoch) ?? throw Revert("NotActivated(uint64)", writer => writer.UInt(epoch, 64)));

    public void Attest(EpochRecord record)
    {
        var epoch = record.Epoch;
        if (!state.Records.TryGetValue(epoch, out var known)) throw Revert("NotActivated(uint64)", writer => writer.UInt(epoch, 64));
        if (known.Hash() != record.Hash()) throw Revert("NotTheRecord(uint64)", writer => writer.UInt(epoch, 64));
        if (!state.Attested.Add(epoch)) throw Revert("AlreadyAttested(uint64,bytes32)", writer => writer.UInt(epoch, 64).Word(Uid(epoch)));
        Log(World.Resolver, new AbiWriter(), SettlementResolver.EpochAttestedEvent.Topic, Word(epoch), Uid(epoch));
    }

    /// <summary>Pays a leaf out. Whether its proof holds is the contract's own tests' matter.</summary>
    public void Claim(CumulativeLeaf leaf)
    {
        var amount = leaf.Amount - state.Claimed.GetValueOrDefault((leaf.Account, leaf.Token));
        state.Claimed[(leaf.Account, leaf.Token)] = leaf.Amount;
        Log(World.Vault, new AbiWriter().UInt(amount), RoyaltySplit.ClaimedEvent.Topic, Word(leaf.Account), Word(leaf.Token));
    }

    /// <summary>Pays a batch: what is refused is logged before the batch, as the vault does it.</summary>
    public void Push(PushBatch batch)
    {
        var items = Calldata.ItemsOf(batch);
        if (!state.PushRoots.TryGetValue(batch.Epoch, out var root) || !Calldata.LeadsTo(batch, items, root)) throw Revert("BadPushProof(uint64)", writer => writer.UInt(batch.Epoch, 64));
        var sum = UInt256.Zero;
        foreach (var item in items.Where(item => !state.Pushed.Contains((batch.Epoch, item.Index))))
        {
            if (state.Refusing.Contains(item.Recipient))
            {
                Log(World.Vault, new AbiWriter().UInt(item.Amount), RoyaltySplit.PushRefusedEvent.Topic, Word(batch.Epoch), Word(item.Index), Word(item.Recipient));
                continue;
            }

            state.Pushed.Add((batch.Epoch, item.Index));
            sum += item.Amount;
        }

        state.PaidByPush[batch.Token] = state.PaidByPush.GetValueOrDefault(batch.Token) + sum;
        Log(
            World.Vault, new AbiWriter().UInt(batch.First).UInt((ulong)items.Count).UInt(sum), RoyaltySplit.PushedEvent.Topic, Word(batch.Epoch), Word(batch.Token));
    }

    /// <summary>An account takes its entry, which is of dollars.</summary>
    public void TakePush(ulong epoch, ulong index, Address account, Address to, UInt256 amount)
    {
        state.PaidByPush[World.Dollar] = state.PaidByPush.GetValueOrDefault(World.Dollar) + amount;
        state.Pushed.Add((epoch, index));
        Log(World.Vault, new AbiWriter().Account(to).UInt(amount), RoyaltySplit.PushTakenEvent.Topic, Word(epoch), Word(index), Word(account));
    }

    public void SetRecipient(Address account, Address recipient)
    {
        state.ClaimNonces[account] = state.ClaimNonces.GetValueOrDefault(account) + 1;
        Log(World.Vault, new AbiWriter().UInt(1), RoyaltySplit.RecipientSetEvent.Topic, Word(account), Word(recipient));
    }

    public void Refuse(Address recipient) => state.Refusing.Add(recipient);

    public void Allow(Address recipient) => state.Refusing.Remove(recipient);

    /// <summary>The guardian holds proposals up.</summary>
    public void Pause(ulong seconds)
    {
        state.PausedUntil = timestamp + seconds;
        if (state.ReadyAt > timestamp) state.ReadyAt += seconds;
        Log(World.Vault, new AbiWriter().UInt(state.PausedUntil, 64).UInt(timestamp + 2 * seconds, 64), RoyaltySplit.PausedEvent.Topic);
    }

    public void Unpause()
    {
        if (state.ReadyAt > timestamp) state.ReadyAt -= state.PausedUntil - timestamp;
        state.PausedUntil = timestamp;
        Log(World.Vault, new AbiWriter().UInt(timestamp, 64), RoyaltySplit.UnpausedEvent.Topic);
    }

    /// <summary>The attestors sign whatever this is.</summary>
    public void ProposeSigned(Proposal proposal)
    {
        var data = ProposalTypedData.Of(World.ChainId, World.Vault, proposal);
        Propose(proposal, [.. World.AttestorKeys.Select(World.Provider.SignerFromPrivateKey).OrderBy(signer => signer.Address)
            .Select(signer => AttestorSignature.Of(signer.Address, signer.SignTypedDataAsync(data, CancellationToken.None).AsTask().GetAwaiter().GetResult()))]);
    }

    /// <summary>An epoch of somebody else stands on the chain.</summary>
    public void ForeignProposal(ulong epoch, Hash32 root, Hash32 bundleHash = default) =>
        LogProposal(new Proposal(epoch, 0, 1, default, root, default, default, bundleHash, 1, default, [], [], "file:///nowhere"));

    /// <summary>Other attestors, or as many others of them: what was signed before counts no more.</summary>
    public void ChangeAttestors() => state.AttestorSet++;

    public void UseNonce(Address account) => state.Nonces[account] = state.Nonces.GetValueOrDefault(account) + 1;

    public void Execute(Address to, byte[] data)
    {
        // Accounts without code take anything, and so does the counter.
        if (data.Length == 0 || to == World.Counter) return;
        if (to == World.Vault && Calldata.ReadActivation(data) is { } activated) Activate(activated);
        else if (to == World.Vault && Calldata.ReadSweep(data) is { } orders)
        {
            foreach (var order in orders) Sweep(order.Token, order.ModelIds);
        }
        else if (to == World.Vault && Calldata.ReadProposal(data) is { } call) Propose(call.Proposal, call.Signatures);
        else if (to == World.Vault && Calldata.ReadVeto(data) is var (epoch, attempt)) Veto(epoch, attempt);
        else if (to == World.Vault && Calldata.ReadPush(data) is { } batch) Push(batch);
        else if (to == World.Vault && Calldata.ReadSignedClaim(data) is { } claim) ClaimSigned(claim);
        else if (to == World.ClaimRelay && Calldata.ReadRelay(data) is { } claims) Relay(claims);
        else if (to == World.Resolver && Calldata.ReadAttestation(data) is { } record) Attest(record);
        else throw new InvalidOperationException($"{to} does not have that function.");
    }

    private static void RequireQuorum(Proposal proposal, IReadOnlyList<AttestorSignature> signatures)
    {
        var digest = Digest(proposal);
        var last = Address.Zero;
        foreach (var (signer, data) in signatures)
        {
            if (signer <= last || !World.AttestorAddresses.Contains(signer) || Recover(digest, data.Span) != signer)
                throw Revert("BadSigner(address)", writer => writer.Account(signer));
            last = signer;
        }

        if (signatures.Count < Threshold) throw Revert("NotEnoughSignatures(uint256,uint256)", writer => writer.UInt((ulong)signatures.Count).UInt(Threshold));
    }

    private static Hash32 Digest(Proposal proposal) => ProposalTypedData.Of(World.ChainId, World.Vault, proposal).Digest();

    private static Address? Recover(Hash32 digest, ReadOnlySpan<byte> signature) => signature.Length == 65
        ? World.Provider.Recover(digest, new RecoverableSignature(Hash32.FromBytes(signature[..32]), Hash32.FromBytes(signature[32..64]), signature[64]))
        : null;

    private static RevertException Revert(string error, Func<AbiWriter, AbiWriter> write) =>
        new([.. Keccak256.HashText(error).ToArray().AsSpan(0, 4), .. write(new AbiWriter()).ToArray()]);

    private static void Row(AbiWriter writer, (Address? Account, ulong Weight) row) =>
        writer.Account(row.Account ?? FactReader.OwnerSentinel).UInt(row.Weight, 96).Word(RoleText.ToWord("data") ?? default);

    private void LogProposal(Proposal proposal) => Log(
        World.Vault,
        new AbiWriter().UInt(timestamp + Window, 64).DynamicTuple(proposal.Write),
        RoyaltySplit.EpochProposedEvent.Topic, Word(proposal.Epoch), Word(proposal.Attempt), proposal.Root);

    private static Hash32 Uid(ulong epoch) => Keccak256.HashText($"attestation of {epoch}");

    private static Hash32 Word(Address account) => Hash32.FromBytes(new AbiWriter().Account(account).ToArray());

    private static Hash32 Word(ulong number) => Hash32.FromBytes(new AbiWriter().UInt(number).ToArray());

    private void Credit(Address token, UInt256 amount) => state.Credited[token] = state.Credited.GetValueOrDefault(token) + amount;

    private void Log(Address address, AbiWriter data, params Hash32[] topics) => _logs.Add((address, topics, data.ToArray(), Transaction));
}
