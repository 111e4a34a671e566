using System.Runtime.CompilerServices;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Pipeline;
using OpenSettle.Primitives;

namespace OpenSettle.Node.Doctor;

/// <summary>The keys that the roles need can be had: keystores open, the remote signer has its accounts.</summary>
internal sealed class KeysCheck : ICheck
{
    /// <summary>Chains of developers: their keys are known to everybody.</summary>
    private static readonly ulong[] Local = [1337, 31337];

    public string Name => "keys";

    public async IAsyncEnumerable<Finding> LookAsync(Patient patient, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var options = patient.Options;
        var (settles, attests) = (options.Cluster.Has(NodeRoles.Settle), options.Cluster.Has(NodeRoles.Attest));
        if (!settles && !options.Cluster.IsWitness)
        {
            yield return Finding.Ok(Name, "it needs none: its roles do not name settle");
            yield break;
        }

        var factory = new SignerFactory(options, patient.Provider, patient.Time);
        if (options.Sender is { Key: { } key } sending)
        {
            var (signer, problem) = await OpenAsync(factory, sending.Setting, key, cancellation);
            patient.Sender = signer;
            yield return problem ?? Opened(sending.Setting, key, signer?.Address ?? default, options);
        }
        else if (settles)
        {
            yield return Finding.FaultOf(Name, SettingsReader.NotSet(Settings.OperatorKey), "Set operatorKey.");
        }
        else if (options.Cluster.Has(NodeRoles.Watch))
        {
            yield return Finding.Ok(Name, "guardianKey is not set: it tells what differs, and vetoes nothing");
        }

        if (!settles && !attests) yield break;
        if (options.AttestorKeys.Count == 0)
        {
            yield return attests
                ? Finding.FaultOf(Name, SettingsReader.NotSet(Settings.AttestorKeys), "Set attestorKeys.")
                : Finding.Ok(Name, "attestorKeys is not set: attestors elsewhere sign, and name this node by leaders");
        }

        patient.AllAttestorsOpened = options.AttestorKeys.Count > 0;
        foreach (var source in options.AttestorKeys)
        {
            var (signer, problem) = await OpenAsync(factory, Settings.AttestorKeys, source, cancellation);
            if (signer is not null) patient.Attestors.Add(signer);
            else patient.AllAttestorsOpened = false;
            yield return problem ?? Opened(Settings.AttestorKeys, source, signer?.Address ?? default, options);
        }
    }

    private async Task<(ISigner? Signer, Finding? Problem)> OpenAsync(SignerFactory factory, SettingDefinition setting, KeySource source, CancellationToken cancellation)
    {
        try
        {
            return (await factory.OpenAsync(setting, source, cancellation), null);
        }
        catch (Exception e) when (e is SettingsException or StartRefusedException)
        {
            return (null, Finding.FaultOf(Name, e.Message, $"Set {setting.Key} to a key that can be had."));
        }
    }

    private Finding Opened(SettingDefinition setting, KeySource source, Address account, NodeOptions options) =>
        source is KeySource.Written && !Local.Contains(options.Deployment.Watched.Id.ChainId)
            ? Finding.Warning(Name, $"{setting.Key}: the key of {account.ToChecksumString()} is written out, and whoever reads it has it.", "Put it into a keystore (opensettle keys import), or hold it in a remote signer (signerUrl).")
            : Finding.Ok(Name, $"{setting.Key}: {account.ToChecksumString()} ({source})");
}
