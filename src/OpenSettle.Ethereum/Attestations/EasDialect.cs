using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Attestations;

/// <summary>How a deployed EAS takes requests by delegation.</summary>
public enum DelegationForm
{
    /// <summary>In no way that is known here: only the attester itself can attest.</summary>
    None = 0,

    /// <summary>Before 1.2: what is signed has neither value nor deadline, and the calls have no deadline.</summary>
    First,

    /// <summary>1.2: with value and deadline.</summary>
    WithDeadline,

    /// <summary>From 1.3 on: with the attester too.</summary>
    WithAttester,
}

/// <summary>
/// A deployed EAS, as far as versions differ. Which one it is follows from what it does, not from a list of chains: the hash of the type
/// that it has signed, the call that it has, and the domain that it signs under.
/// </summary>
/// <param name="Version">Of the domain that requests are signed under; empty where it is none that is known.</param>
public sealed record EasDialect(ulong ChainId, Address Service, DelegationForm Form, string Version)
{
    internal const string DomainName = "EAS";

    /// <summary>What a domain can have as its version.</summary>
    private static readonly string[] Versions = ["0.26", "0.27", "0.28", "1.0.0", "1.0.1", "1.0.2", "1.1.0", "1.2.0", "1.3.0", "1.4.0"];

    /// <summary>What to say where somebody asks for a request by delegation and there is no way.</summary>
    public string Refusal =>
        $"the attestation service at {Service.ToChecksumString()} takes delegated requests in no form that is known here. Attest directly, with the attester's own account.";

    /// <summary>Asks the service.</summary>
    public static async Task<EasDialect> ReadAsync(IChainClient client, ulong chainId, Address service, CancellationToken cancellation)
    {
        var none = new EasDialect(chainId, service, DelegationForm.None, string.Empty);
        if (await TryAskAsync(client, service, new Eas.GetAttestTypeHash(), cancellation) is not { } type
            || await TryAskAsync(client, service, new Eas.GetDomainSeparator(), cancellation) is not { } separator
            || VersionOf(chainId, service, separator) is not { } version) return none;
        foreach (var form in Enum.GetValues<DelegationForm>())
        {
            if (form == DelegationForm.None || DelegatedTypedData.AttestTypeHash(form) != type) continue;
            return await HasAsync(client, service, form, cancellation) ? none with { Form = form, Version = version } : none;
        }

        return none;
    }

    /// <summary>The call that brings one signed attestation.</summary>
    public ContractCall AttestCall(Hash32 schema, EasItem item, RecoverableSignature signed, Address attester, ulong deadline) => Form switch
    {
        DelegationForm.First => new EasLegacy.AttestByDelegationCall(schema, item, signed, attester),
        DelegationForm.WithDeadline or DelegationForm.WithAttester => new Eas.AttestByDelegationCall(schema, item, signed, attester, deadline),
        _ => throw new InvalidOperationException(Refusal),
    };

    /// <summary>The call that brings several.</summary>
    public ContractCall AttestCall(IReadOnlyList<EasDelegatedGroup> groups) => Form switch
    {
        DelegationForm.First => new EasLegacy.MultiAttestByDelegationCall(groups),
        DelegationForm.WithDeadline or DelegationForm.WithAttester => new Eas.MultiAttestByDelegationCall(groups),
        _ => throw new InvalidOperationException(Refusal),
    };

    /// <summary>The call that brings a signed revocation.</summary>
    public ContractCall RevokeCall(Hash32 schema, Hash32 uid, RecoverableSignature signed, Address revoker, ulong deadline) => Form switch
    {
        DelegationForm.First => new EasLegacy.RevokeByDelegationCall(schema, uid, signed, revoker),
        DelegationForm.WithDeadline or DelegationForm.WithAttester => new Eas.RevokeByDelegationCall(schema, uid, signed, revoker, deadline),
        _ => throw new InvalidOperationException(Refusal),
    };

    private static string? VersionOf(ulong chainId, Address service, Hash32 separator) =>
        Array.Find(Versions, version => TypedDataHash.DomainSeparator(new TypedDataDomain(DomainName, version, chainId, service)) == separator);

    /// <summary>
    /// Whether it has the call: asked with a signature of nobody, it refuses with an error of its own. A contract without the function
    /// reverts with nothing at all. Code cannot be searched for it, because some deployments are proxies.
    /// </summary>
    private static async Task<bool> HasAsync(IChainClient client, Address service, DelegationForm form, CancellationToken cancellation)
    {
        var probe = new EasDialect(0, service, form, string.Empty).AttestCall(
            default, new EasItem(default, 0, Revocable: false, default, default), new RecoverableSignature(default, default, 27), service, 1);
        try
        {
            await client.CallAsync(new CallRequest(null, service, client.Encode(probe), UInt256.Zero), BlockRef.Latest, cancellation);
            return false;
        }
        catch (ChainException e) when (e.Kind == ChainErrorKind.Reverted)
        {
            return e.RevertData.Length >= AbiFunction.SelectorSize;
        }
    }

    private static async Task<T?> TryAskAsync<T>(IChainClient client, Address service, ContractView<T> view, CancellationToken cancellation)
        where T : struct
    {
        try
        {
            return await client.AskAsync(service, view, BlockRef.Latest, cancellation);
        }
        catch (ChainException e) when (e.Kind is ChainErrorKind.Reverted or ChainErrorKind.BadReply)
        {
            return null;
        }
    }
}
