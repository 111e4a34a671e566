using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Verify;

namespace OpenSettle.Node.Verification;

/// <summary>An epoch as a verification found it.</summary>
/// <param name="Epoch">Its bundle and what follows from it; null where it could not be had or read.</param>
/// <param name="Last">Its last block; null where nobody looked.</param>
internal sealed record CheckedEpoch(EpochFacts Facts, EpochCheck Check, VerifiedEpoch? Epoch, BlockHeader? Last);

/// <summary>Sees what a verification sees, and learns more from it than whether all agrees.</summary>
internal interface IVerificationWitness
{
    /// <summary>What the contracts said, in chain order. It runs ahead of the epochs.</summary>
    void Said(ChainFact fact);

    /// <summary>The next epoch is checked.</summary>
    Task CheckedAsync(CheckedEpoch epoch, CancellationToken cancellation);
}
