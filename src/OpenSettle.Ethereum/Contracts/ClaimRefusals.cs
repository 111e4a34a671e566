namespace OpenSettle.Ethereum.Contracts;

/// <summary>What the vault answers where it does not pay, with what can be done about it.</summary>
public static class ClaimRefusals
{
    private static readonly (string Error, string Remedy)[] Remedies =
    [
        ("NothingToClaim", "somebody brought this claim before, and the money is where it belongs"),
        ("RootRevoked", "a later epoch revoked the root of this proof: ask the node again once it has that epoch"),
        ("BadProof", "the proof does not lead to an activated root: ask the node again"),
        ("BadPushProof", "the proof does not lead to an activated push root: ask the node again"),
        ("AlreadyPaid", "that entry was paid already"),
        ("NotYours", "only the account itself takes its pushes"),
        ("BadRecipient", "money goes neither to nobody nor to the vault itself"),
        ("SignatureExpired", "the deadline has passed: it has to be signed again"),
        ("BadSignature", "the account did not sign this, or changed its recipient since"),
        ("TransferFailed", "the token, or whoever would get the money, refuses the transfer: the account can have it paid to another address"),
        ("NotBacked", "the token takes more than it is asked for: the vault does not pay in it"),
        ("ExceedsPromised", "the epochs promised less than this: the root is wrong, and the vault keeps what it owes to others"),
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
