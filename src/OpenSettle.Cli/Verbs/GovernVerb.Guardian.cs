using System.CommandLine;
using System.Globalization;
using OpenSettle.Cli.Attesting;
using OpenSettle.Cli.Governing;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Ethereum.Signing;
using OpenSettle.Node.Configuration;
using OpenSettle.Primitives;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle govern guardian: attestors sign for another guardian, each where its key is, and the governor brings what they signed.</summary>
internal static partial class GovernVerb
{
    private static readonly Option<string?> Out = new("--out") { Description = "the file that is written", HelpName = "FILE" };
    private static readonly Option<uint?> SetVersion = new("--attestor-set") { Description = "with --nonce: the set's version, as 'govern show' says; then no endpoint is asked", HelpName = "NUMBER" };
    private static readonly Option<string?> Nonce = new("--nonce") { Description = "with --attestor-set: the guardian's nonce, as 'govern show' says", HelpName = "NUMBER" };
    private static readonly Argument<string[]> Files = new("file") { Description = "what the attestors wrote", Arity = ArgumentArity.OneOrMore };

    private static Command CreateGuardian() => new("guardian", "Changes the guardian: a quorum of attestors signs, and the governor schedules")
    {
        VerbRunner.Create(
            "sign", "Signs for another guardian into a file (an attestor); without an endpoint where --attestor-set and --nonce are given",
            [Settings.Deployment, Settings.AttestorKeys, Settings.Rpc, Settings.Client, Settings.RpcTimeoutSeconds, .. Settings.ForKeys], SignAsync, NewHolder, Out, SetVersion, Nonce, VerbRunner.Json)
            .Printing<SignedForm>().WithExamples(
                $"opensettle govern guardian sign {SomeAccount} --out first.json --deployment deployment.json --attestor-keys file:attestor.key",
                $"opensettle govern guardian sign {SomeAccount} --out second.json --attestor-set 1 --nonce 0 --deployment deployment.json --attestor-keys file:attestor.key"),
        Sending("schedule", "Schedules the guardian that a quorum of attestors signed for (the governor)", ScheduleGuardianAsync, Files).WithExamples($"opensettle govern guardian schedule first.json second.json {AsGovernor}"),
    };

    private static async Task SignAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var guardian = GovernChecks.Account("address", parsed.GetValue(NewHolder));
        var path = parsed.GetValue(Out) ?? throw new VerbException(ExitCode.Usage, "--out: name the file that is to be written.");
        var options = NodeOptions.From(settings);
        if (options.AttestorKeys.Count == 0) throw new VerbException(ExitCode.Usage, $"{Settings.AttestorKeys.Key} is not set: attestors sign for a guardian. Set {Settings.AttestorKeys.EnvironmentName}, or {Settings.AttestorKeys.Flag} file:PATH.");
        var (set, nonce) = (parsed.GetValue(SetVersion), parsed.GetValue(Nonce));
        if (set is null != nonce is null) throw new VerbException(ExitCode.Usage, "--attestor-set, --nonce: give both, and no endpoint is asked, or none of them.");
        var provider = Providers.Choose(options.Client, Clock.Real);
        using var attestors = new Node.Pipeline.Attestors(await new SignerFactory(options, provider, Clock.Real).OpenAsync(Settings.AttestorKeys, options.AttestorKeys, cancellation));
        var (version, number) = set is { } given ? (given, Number(nonce)) : await AskedAsync(settings, guardian, attestors.Signers, cancellation);
        var id = options.Deployment.Watched.Id;
        var data = GuardianChangeTypedData.Of(id.ChainId, id.Vault, guardian, version, number);
        var signatures = new List<AttestorSignature>();
        foreach (var signer in attestors.Signers.DistinctBy(signer => signer.Address)) signatures.Add(AttestorSignature.Of(signer.Address, await signer.SignTypedDataAsync(data, cancellation)));
        await AttestOutput.WriteFileAsync("--out", path, new GuardianFile(id.ChainId, id.Vault, guardian, version, number, signatures).ToBytes(), cancellation);
        var form = new SignedForm(guardian.ToChecksumString(), version, number.ToString(), [.. signatures.Select(signature => signature.Signer.ToChecksumString())], path);
        if (parsed.GetValue(VerbRunner.Json))
        {
            JsonOutput.Print(form);
            return;
        }

        foreach (var signer in form.Attestors) Console.WriteLine($"signed by {signer}");
        Console.WriteLine($"for guardian {form.Guardian}, attestor set {version.ToString(CultureInfo.InvariantCulture)}, nonce {form.Nonce}");
        Console.WriteLine($"written to {path}");
    }

    /// <summary>What the vault wants signed now; a key that is no attestor's signs in vain.</summary>
    private static async Task<(uint Set, UInt256 Nonce)> AskedAsync(SettingsReader settings, Address guardian, IReadOnlyList<ISigner> signers, CancellationToken cancellation)
    {
        using var session = await GovernSession.OpenAsync(settings, opensKey: false, needsKey: false, cancellation);
        GovernChecks.RequireOther("guardian", guardian, session.Vault.Guardian, "governor", session.Vault.Governor);
        if (signers.FirstOrDefault(signer => !session.Vault.Attestors.Contains(signer.Address)) is { } stranger)
            throw new VerbException(ExitCode.Refused, $"{Settings.AttestorKeys.Key}: {stranger.Address.ToChecksumString()} is not an attestor of this vault.");
        return (session.Vault.AttestorSet, session.Vault.GuardianNonce);
    }

    private static UInt256 Number(string? text) => UInt256.TryParse(text, out var number) ? number : throw new VerbException(ExitCode.Usage, $"--nonce: '{Screen.Inert.Of(text ?? string.Empty, 80)}' is not a whole number.");

    private static async Task<GovernAction> ScheduleGuardianAsync(GovernSession session, ParseResult parsed, CancellationToken cancellation)
    {
        var vault = session.Vault;
        RequireRole(session, vault.Governor, "governor", "it alone schedules changes");
        var signatures = new Dictionary<Address, AttestorSignature>();
        Address? guardian = null;
        foreach (var path in parsed.GetValue(Files) ?? [])
        {
            var file = await ReadAsync(path, cancellation);
            if (guardian is { } first && first != file.Guardian) throw new VerbException(ExitCode.Refused, $"file: {path} is for guardian {file.Guardian.ToChecksumString()}, and others for {first.ToChecksumString()}.");
            guardian = file.Guardian;
            if (file.ChainId != session.Id.ChainId || file.Vault != session.Id.Vault)
                throw new VerbException(ExitCode.Refused, $"file: {path} is signed for chain {file.ChainId.ToString(CultureInfo.InvariantCulture)} and vault {file.Vault.ToChecksumString()}, not for this one.");
            if (file.AttestorSet != vault.AttestorSet)
                throw new VerbException(ExitCode.Refused, $"file: {path} is signed by attestor set {file.AttestorSet.ToString(CultureInfo.InvariantCulture)}, and the vault has set {vault.AttestorSet.ToString(CultureInfo.InvariantCulture)}. It has to be signed again.");
            if (file.Nonce != vault.GuardianNonce)
                throw new VerbException(ExitCode.Refused, $"file: {path} is signed with nonce {file.Nonce}, and the vault's is {vault.GuardianNonce}: another change of the guardian was scheduled since. It has to be signed again.");
            foreach (var signature in file.Signatures)
            {
                if (!vault.Attestors.Contains(signature.Signer)) throw new VerbException(ExitCode.Refused, $"file: {path}: {signature.Signer.ToChecksumString()} is not an attestor of this vault.");
                if (!await AccountSignature.IsByAsync(session.Provider, session.Client, signature.Signer, file.Digest, signature.Data, cancellation))
                    throw new VerbException(ExitCode.Refused, $"file: {path}: the signature is not {signature.Signer.ToChecksumString()}'s, or not for this guardian.");
                signatures[signature.Signer] = signature;
            }
        }

        if (signatures.Count < vault.Threshold)
            throw new VerbException(ExitCode.Refused, $"file: {signatures.Count.ToString(CultureInfo.InvariantCulture)} attestors signed, and {vault.Threshold.ToString(CultureInfo.InvariantCulture)} have to.");
        var next = guardian ?? throw new VerbException(ExitCode.Usage, "file: name what the attestors wrote.");
        GovernChecks.RequireOther("guardian", next, vault.Guardian, "governor", vault.Governor);
        await RequireNotScheduledAsync(session, ChangeKind.Governor, next, cancellation);
        return Scheduling(
            session, new VaultChange.Guardian(next), new RoyaltySplit.ScheduleGuardianCall(next, [.. signatures.Values.OrderBy(signature => signature.Signer)]),
            await UnknownAsync(session, next, cancellation), await session.FindAsync(ChangeKind.Guardian, cancellation));
    }

    private static async Task<GuardianFile> ReadAsync(string path, CancellationToken cancellation)
    {
        try
        {
            return GuardianFile.Parse(await AttestOutput.ReadFileAsync("file", path, GuardianFile.MostBytes, cancellation));
        }
        catch (FormatException e)
        {
            throw new VerbException(ExitCode.Usage, $"file: {path}: {Screen.Inert.Of(e.Message)}.", e);
        }
    }

    /// <param name="Attestors">Who signed.</param>
    internal sealed record SignedForm(string Guardian, uint AttestorSet, string Nonce, IReadOnlyList<string> Attestors, string File);
}
