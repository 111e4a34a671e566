using System.Runtime.CompilerServices;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Send;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Doctor;

/// <summary>The operator can pay for epochs at the gas of now, and the settings let it.</summary>
internal sealed class FundsCheck : ICheck
{
    /// <summary>Of an epoch: a sweep, the proposal with some signatures, activation, attestation; measured, and rounded up to where pushes have no part in it.</summary>
    internal const uint EpochGas = 1_000_000;

    /// <summary>With less than so many epochs' gas it is told.</summary>
    private const uint AmpleEpochs = 10;

    public string Name => "funds";

    public async IAsyncEnumerable<Finding> LookAsync(Patient patient, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (patient.Right is not [{ Head: { } head } endpoint, ..] || patient.Sender is not { } signer)
        {
            yield return Finding.Skipped(Name, patient.Right.Count == 0 ? Patient.NoChain : patient.NoSender);
            yield break;
        }

        var options = patient.Options;
        var price = GasOffer.Price(head.BaseFee, await endpoint.Client.GetPriorityFeeAsync(cancellation));
        // A price beyond all reason is an endpoint's nonsense, and is not multiplied.
        var need = price >= UInt256.MaxAmount ? UInt256.MaxAmount : price * EpochGas;
        var balance = await endpoint.Client.GetBalanceAsync(signer.Address, BlockRef.Latest, cancellation);
        var account = signer.Address.ToChecksumString();
        var told = $"the {patient.SenderName} {account} has {Words.Coins(balance)} of the chain's coin, and an epoch takes about {Words.Coins(need)} of it now";
        var remedy = $"Send coin to {account}.";
        if (balance.IsZero || balance < need) yield return Finding.Fault(Name, told + ".", remedy);
        else if (balance / AmpleEpochs < need) yield return Finding.Warning(Name, told + ".", remedy);
        else yield return Finding.Ok(Name, told);
        if (price > options.MaxFeePerGas)
            yield return Finding.Warning(Name, $"one gas costs {Words.Gwei(price)} gwei now, and {Settings.MaxFeeGwei.Key} is {Words.Gwei(options.MaxFeePerGas)}: transactions wait.", $"Raise {Settings.MaxFeeGwei.Key}, or wait.");
        if (need > options.MaxEpochCost)
            yield return Finding.Warning(Name, $"an epoch takes about {Words.Coins(need)} of the coin now, and {Settings.MaxEpochCost.Key} is {Words.Coins(options.MaxEpochCost)}: transactions wait.", $"Raise {Settings.MaxEpochCost.Key}, or wait.");
    }
}
