using OpenSettle.Ethereum.Contracts;

namespace OpenSettle.Ethereum.Attestations;

/// <summary>What EAS and the resolver answer where they refuse, with what can be done about it.</summary>
public static class AttestRefusals
{
    private static readonly (string Error, string Remedy)[] Remedies =
    [
        ("NotTheOwner", "only the model's owner attests this; look whether the model was sold"),
        ("NotAnEvaluator", "evaluators register first: opensettle attest evaluator --register"),
        ("UnknownModel", "no model of that id is registered on this chain"),
        ("ResolverOnly", "under this schema the resolver alone attests, and nothing is revoked"),
        ("UnknownSchema", "the schema is none of this resolver's: look whether the deployment file is the right one"),
        ("BadData", "the data does not begin with a model's id"),
        ("NotActivated", "the vault has not activated that epoch yet"),
        ("NotTheRecord", "the vault activated another record of that epoch"),
        ("AlreadyAttested", "the epoch is attested already"),
        ("RecordAlreadyAttested", "the record is attested already"),
        ("BadRecord", "the proof does not lead to the epoch's record root"),
        ("AlreadyRevoked", "it was revoked before"),
        ("AlreadyRevokedOffchain", "the account took this uid back before"),
        ("AccessDenied", "only its own attester revokes an attestation"),
        ("InvalidSchema", "the attestation service does not know the schema: look whether the deployment file is the right one"),
        ("InvalidExpirationTime", "it expires before it is made"),
        ("InvalidSignature", "the signature is not of this request: it may have been sent before, or the attester signed another one since"),
        ("DeadlineExpired", "the signed request's deadline has passed: it has to be signed again"),
        ("NotFound", "the attestation service does not have the attestation that it refers to"),
        ("Irrevocable", "what is attested under this schema stays"),
        ("WrongSchema", "the attestation is under another schema"),
    ];

    /// <summary>In one line, for people. Takes any bytes.</summary>
    public static string Describe(ReadOnlyMemory<byte> revertData)
    {
        var words = ContractErrors.Describe(revertData);
        var name = words[..(words.IndexOf('(', StringComparison.Ordinal) is >= 0 and var end ? end : words.Length)];
        name = name[(name.LastIndexOf('.') + 1)..];
        var remedy = Array.Find(Remedies, one => one.Error == name).Remedy;
        return remedy is null ? words : $"{words}: {remedy}";
    }
}
