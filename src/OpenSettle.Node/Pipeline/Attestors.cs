using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Pipeline;

/// <summary>The signers of epochs that this node may use.</summary>
public sealed class Attestors(IReadOnlyList<ISigner> signers) : IDisposable
{
    // The vault wants ascending signers.
    private readonly ISigner[] _signers = [.. signers.OrderBy(signer => signer.Address)];

    public IReadOnlyList<ISigner> Signers => _signers;

    public void Dispose()
    {
        foreach (var signer in _signers) signer.Dispose();
    }

    /// <param name="whose">Which of them sign; null: all.</param>
    public async Task<IReadOnlyList<AttestorSignature>> SignAsync(DeploymentId id, Proposal proposal, Func<Address, bool>? whose, CancellationToken cancellation)
    {
        var data = ProposalTypedData.Of(id.ChainId, id.Vault, proposal);
        var signatures = new List<AttestorSignature>(_signers.Length);
        foreach (var signer in _signers.Where(signer => whose is null || whose(signer.Address))) signatures.Add(AttestorSignature.Of(signer.Address, await signer.SignTypedDataAsync(data, cancellation)));
        return signatures;
    }
}
