using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Attestations;

/// <summary>What an attester signs so that another account may bring it, for each form that deployed versions of EAS take.</summary>
public static class DelegatedTypedData
{
    private static readonly TypedField[] AttestFields =
    [
        new("attester", "address"), new("schema", "bytes32"), new("recipient", "address"), new("expirationTime", "uint64"), new("revocable", "bool"), new("refUID", "bytes32"),
        new("data", "bytes"), new("value", "uint256"), new("nonce", "uint256"), new("deadline", "uint64"),
    ];

    private static readonly TypedField[] RevokeFields =
        [new("revoker", "address"), new("schema", "bytes32"), new("uid", "bytes32"), new("value", "uint256"), new("nonce", "uint256"), new("deadline", "uint64")];

    /// <param name="nonce">The attester's next one (<see cref="Eas.GetNonce"/>); one more for each further request of a transaction.</param>
    /// <param name="deadline">In seconds; zero: none. The first form has none.</param>
    public static TypedData Attest(EasDialect dialect, Address attester, Hash32 schema, EasItem item, UInt256 nonce, ulong deadline) => Of(
        dialect, "Attest", AttestFields,
        attester, schema, item.Recipient, item.ExpirationTime, item.Revocable, item.RefUid, new TypedValue.Bytes(item.Data), UInt256.Zero, nonce, deadline);

    /// <inheritdoc cref="Attest"/>
    public static TypedData Revoke(EasDialect dialect, Address revoker, Hash32 schema, Hash32 uid, UInt256 nonce, ulong deadline) =>
        Of(dialect, "Revoke", RevokeFields, revoker, schema, uid, UInt256.Zero, nonce, deadline);

    /// <summary>What <c>getAttestTypeHash</c> answers where requests are taken in that form.</summary>
    public static Hash32 AttestTypeHash(DelegationForm form) =>
        Keccak256.HashText(TypedDataTypes.Line(new TypedStruct("Attest", [.. AttestFields.Where(field => IsIn(field, form))])));

    private static TypedData Of(EasDialect dialect, string type, TypedField[] fields, params TypedValue[] values)
    {
        if (dialect.Form == DelegationForm.None) throw new ArgumentException(dialect.Refusal, nameof(dialect));
        var used = fields.Zip(values).Where(pair => IsIn(pair.First, dialect.Form)).ToList();
        return new TypedData(
            new TypedDataDomain(EasDialect.DomainName, dialect.Version, dialect.ChainId, dialect.Service),
            [new TypedStruct(type, [.. used.Select(pair => pair.First)])],
            new TypedValue.Struct([.. used.Select(pair => pair.Second)]));
    }

    private static bool IsIn(TypedField field, DelegationForm form) => field.Name switch
    {
        "attester" or "revoker" => form == DelegationForm.WithAttester,
        "value" or "deadline" => form != DelegationForm.First,
        _ => true,
    };
}
