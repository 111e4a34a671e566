using OpenSettle.Ethereum.Attestations;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Passports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Node.Tests.Support;

/// <summary>What the contracts say that decides no money.</summary>
internal sealed partial class BlockWriter
{
    public void SetStatus(TestModel model, ModelStatus status) =>
        Log(World.Registry, new AbiWriter().UInt((ulong)status, 8), Ethereum.Contracts.ModelRegistry.StatusSetEvent.Topic, model.Id);

    public void SetPermission(TestModel model, Address account, string use, UsePermission permission, ulong expires = 0) => Log(
        World.Registry, new AbiWriter().UInt((ulong)permission, 8).UInt(expires, 64).Word(Keccak256.HashText("terms")).Text("https://terms.example"),
        Ethereum.Contracts.ModelRegistry.PermissionSetEvent.Topic, model.Id, Word(account), RoleText.ToWord(use) ?? default);

    public void SetMetadata(TestModel model, Hash32 hash, string uri) =>
        Log(World.Registry, new AbiWriter().Word(hash).Text(uri), Ethereum.Contracts.ModelRegistry.MetadataSetEvent.Topic, model.Id);

    public void Freeze(TestModel model) => Log(World.Registry, new AbiWriter(), Ethereum.Contracts.ModelRegistry.FrozenEvent.Topic, model.Id);

    public void SetEvaluator(Address account, bool registered) =>
        Log(World.Resolver, new AbiWriter().Bool(registered).Text("https://evaluator.example"), SettlementResolver.EvaluatorSetEvent.Topic, Word(account));

    /// <summary>EAS takes any attestation here: the resolver's rules are its own tests' matter.</summary>
    public Hash32 Attest(Address attester, Statement statement, Hash32 refUid = default, ulong expires = 0) =>
        AttestBytes(attester, statement.Kind, StatementCodec.Encode(statement), refUid, expires);

    public Hash32 AttestBytes(Address attester, StatementKind kind, byte[] data, Hash32 refUid = default, ulong expires = 0)
    {
        var schema = SchemaUid.Of(kind, World.Resolver);
        var made = new EasAttestation(default, schema, timestamp, expires, 0, refUid, Address.Zero, attester, SchemaUid.IsRevocable(kind), data);
        made = made with { Uid = AttestationUid.Of(made) };
        state.Attestations[made.Uid] = made;
        Log(World.Eas, new AbiWriter().Word(made.Uid), Eas.AttestedTopic, Word(Address.Zero), Word(attester), schema);
        return made.Uid;
    }

    /// <summary>Somebody takes a model's record out of an epoch's root.</summary>
    public void AttestRecord(ulong epoch, TestModel model) =>
        Log(World.Resolver, new AbiWriter(), SettlementResolver.RecordAttestedEvent.Topic, Word(epoch), model.Id, Keccak256.HashText($"record {epoch} {model.Id}"));

    public void Revoke(Hash32 uid)
    {
        var made = state.Attestations[uid];
        state.Attestations[uid] = made with { RevocationTime = timestamp };
        Log(World.Eas, new AbiWriter().Word(uid), Eas.RevokedTopic, Word(made.Recipient), Word(made.Attester), made.Schema);
    }

    /// <summary>Somebody else's attestation, by a schema that is not ours.</summary>
    public void AttestElsewhere(Address attester) =>
        Log(World.Eas, new AbiWriter().Word(Keccak256.HashText("elsewhere")), Eas.AttestedTopic, Word(Address.Zero), Word(attester), Keccak256.HashText("another schema"));

    /// <summary>A transfer that pays for nothing.</summary>
    public void Transfer(Address token, Address from, Address to, UInt256 amount) => Log(token, new AbiWriter().UInt(amount), Erc20.TransferTopic, Word(from), Word(to));

    /// <summary>Pays through the rail, from an account.</summary>
    public void PayFrom(Address payer, TestModel model, Address token, UInt256 amount)
    {
        Log(token, new AbiWriter().UInt(amount), Erc20.TransferTopic, Word(payer), Word(World.Vault));
        Log(World.Rail, new AbiWriter().UInt(amount).Word(Keccak256.HashText("use")), InferencePayments.PaidEvent.Topic, model.Id, Word(payer), Word(token));
        Credit(token, amount);
    }
}
