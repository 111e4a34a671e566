using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Node.Pipeline;

/// <summary>The keys that sign epochs, where this node holds them.</summary>
public sealed class Attestors(NodeOptions options, IChainProvider provider)
{
    // The vault wants ascending signers.
    private readonly ISigner[] _signers = [.. options.AttestorKeys.Select(provider.SignerFromPrivateKey).OrderBy(signer => signer.Address)];

    public IReadOnlyList<ISigner> Signers => _signers;

    public async Task<IReadOnlyList<AttestorSignature>> SignAsync(DeploymentId id, Proposal proposal, CancellationToken cancellation)
    {
        var data = ProposalTypedData.Of(id.ChainId, id.Vault, proposal);
        var signatures = new List<AttestorSignature>(_signers.Length);
        foreach (var signer in _signers) signatures.Add(AttestorSignature.Of(signer.Address, await signer.SignTypedDataAsync(data, cancellation)));
        return signatures;
    }
}
