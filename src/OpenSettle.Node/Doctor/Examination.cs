using System.Runtime.CompilerServices;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Node.Doctor;

/// <summary>One thing that is looked at.</summary>
internal interface ICheck
{
    /// <summary>As findings and <c>--check</c> name it.</summary>
    string Name { get; }

    /// <summary>Looks, and tells what it saw. It writes nothing and sends nothing.</summary>
    IAsyncEnumerable<Finding> LookAsync(Patient patient, CancellationToken cancellation);
}

/// <summary>
/// Everything that keeps a node from running and settling, looked at from outside: beside a running node or without one. Nothing is
/// written, and no transaction is sent. What cannot be seen because of an earlier fault is said to be so, and is no fault of its own.
/// </summary>
public static class Examination
{
    /// <summary>The name of what the settings themselves have.</summary>
    public const string SettingsCheck = "settings";

    private static readonly ICheck[] Checks =
    [
        new SecretsCheck(), new EndpointsCheck(), new ContractsCheck(), new ClockCheck(), new ReadsCheck(), new KeysCheck(), new AttestorsCheck(), new GuardianCheck(),
        new FolderCheck(), new DatabaseCheck(), new QueueCheck(), new FundsCheck(), new NonceCheck(), new VaultCheck(), new BundlesCheck(), new MirrorsCheck(), new ListenCheck(), new BundleUrlCheck(),
    ];

    /// <summary>The names of all checks, in their order.</summary>
    public static IReadOnlyList<string> Names { get; } = [SettingsCheck, .. Checks.Select(check => check.Name)];

    /// <summary>What is said where the settings cannot be used: each problem, and that nothing else was looked at.</summary>
    public static IEnumerable<Finding> Unusable(SettingsException problems) =>
    [
        .. problems.Problems.Select(problem => Finding.FaultOf(SettingsCheck, problem, "Correct the setting where it was given.")),
        .. Checks.Select(check => Finding.Skipped(check.Name, "the settings cannot be used (see settings)")),
    ];

    /// <param name="options">The settings. The keys of a running node may be missing: then that is a finding.</param>
    /// <param name="secrets">The files that settings name secrets by.</param>
    public static async IAsyncEnumerable<Finding> RunAsync(
        NodeOptions options, IReadOnlyList<SecretFile> secrets, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellation)
    {
        yield return Finding.Ok(SettingsCheck, "all of them can be used");
        using var patient = new Patient(options, secrets, time);
        foreach (var check in Checks)
        {
            await foreach (var finding in GuardedAsync(check, patient, cancellation)) yield return finding;
        }
    }

    /// <summary>An endpoint that fails in the middle of a check is that check's fault.</summary>
    private static async IAsyncEnumerable<Finding> GuardedAsync(ICheck check, Patient patient, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var findings = check.LookAsync(patient, cancellation).GetAsyncEnumerator(cancellation);
        while (true)
        {
            Finding? failure = null;
            try
            {
                if (!await findings.MoveNextAsync()) yield break;
            }
            catch (ChainException e)
            {
                failure = Finding.FaultOf(check.Name, e.Message, "Check that the endpoint works, or set rpc to another one.");
            }

            yield return failure ?? findings.Current;
            if (failure is not null) yield break;
        }
    }
}
