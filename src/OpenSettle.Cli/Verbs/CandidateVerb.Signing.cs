using System.CommandLine;
using System.Globalization;
using OpenSettle.Cli.Candidates;
using OpenSettle.Cli.Screen;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Verification;
using OpenSettle.Verify;

namespace OpenSettle.Cli.Verbs;

/// <summary>opensettle candidate check and sign: what an attestor does before it signs, and the signing itself, which asks nobody anything.</summary>
internal static partial class CandidateVerb
{
    private static readonly Option<bool> Yes = new("--yes") { Description = "sign without asking" };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "show what would be signed, sign and write nothing" };
    private static readonly Option<string?> Refuse = new("--refuse") { Description = "sign a refusal instead, with the reason in words", HelpName = "WHY" };
    private static readonly Option<bool> RequireUsage = new("--require-usage") { Description = "fail where the usage events of an earlier epoch cannot be had; the candidate's own are always needed" };

    /// <param name="Out">The word's file; null: nothing was signed.</param>
    /// <param name="Word">Null: nothing was signed.</param>
    internal sealed record SignForm(string? Out, WordFile.WordForm? Word, CandidateFile.CandidateForm Candidate);

    private static Command CreateCheck() => VerbRunner.Create(
        "check", "Recomputes a candidate from the chain, the bundles and the usage, as verify does a vault's epochs, before it is signed",
        [.. VerificationSession.Taken, WitnessSettings.AcceptRevocations], CheckAsync, File, VerificationSession.Bundles, VerificationSession.Usage, RequireUsage, VerbRunner.Json)
        .Printing<VerifyJson>()
        .WithExamples("opensettle candidate check candidate.json --deployment deployment.json --rpc https://rpc.example --bundles bundles/ --usage https://settle.example");

    private static Command CreateSign()
    {
        var output = new Option<string?>("--out") { Description = "the file of the word that is written", HelpName = "FILE" };
        return VerbRunner.Create(
            "sign", "Signs a candidate, or a refusal of it, by an attestor's key; without any network, unless the key is with a remote signer",
            [Settings.Deployment, Settings.AttestorKeys, .. Settings.ForKeys, Settings.Client, Settings.RpcTimeoutSeconds],
            (settings, parsed, cancellation) => SignAsync(settings, parsed, parsed.GetValue(output), cancellation), File, output, Refuse, Yes, DryRun, VerbRunner.Json)
            .Printing<SignForm>()
            .WithExamples(
                "opensettle candidate sign candidate.json --deployment deployment.json --attestor-keys keystore:attestor.json --key-password file:password --out word.json",
                "opensettle candidate sign candidate.json --deployment deployment.json --attestor-keys file:attestor.key --refuse 'its bundle cannot be had' --out word.json");
    }

    private static async Task CheckAsync(SettingsReader settings, ParseResult parsed, CancellationToken cancellation)
    {
        var options = NodeOptions.From(settings);
        var candidate = await CandidateAsync(parsed, options.Deployment, cancellation);
        var report = await VerificationSession.RunAsync(
            options,
            parsed,
            (sources, progress) => new VaultVerification(
                sources.Deployment, sources.Chain, sources.Bundles, sources.Folder, sources.Batches,
                new VerificationOptions(null, options.BlocksAtOnce) { Candidate = candidate.Proposal, Revocations = options.Witness.Revocations }, Clock.Real).RunAsync(progress, cancellation),
            cancellation);
        var (requireUsage, json) = (parsed.GetValue(RequireUsage), parsed.GetValue(VerbRunner.Json));
        if (json) VerifyText.PrintJson(report, options.Deployment, requireUsage);
        else VerifyText.Print(report, options.Deployment);
        VerifyVerb.Require(report, requireUsage);
        // Of earlier epochs it may be that nobody has the usage any more; who signs this one has counted it.
        var last = report.Epochs[^1];
        if (last.Findings.FirstOrDefault(finding => finding.Outcome != VerifyOutcome.Agrees) is { } open) throw new VerbException(ExitCode.NotVerified, $"not all of the candidate could be verified: {open.Name}: {open.Message}");
        if (!json) Console.WriteLine($"agrees    epoch {last.Number.ToString(CultureInfo.InvariantCulture)}, attempt {last.Attempt.ToString(CultureInfo.InvariantCulture)}: digest {candidate.Digest} can be signed");
    }

    private static async Task SignAsync(SettingsReader settings, ParseResult parsed, string? path, CancellationToken cancellation)
    {
        var (dryRun, json, why) = (parsed.GetValue(DryRun), parsed.GetValue(VerbRunner.Json), parsed.GetValue(Refuse));
        if (path is null && !dryRun) throw new VerbException(ExitCode.Usage, "--out: name the file that is to be written.");
        if (why is { Length: 0 or > Node.Pipeline.Candidates.MostWhy }) throw new VerbException(ExitCode.Usage, $"--refuse: a reason has 1 to {Node.Pipeline.Candidates.MostWhy} characters.");
        var deployment = DeploymentFile.Read(settings.Get(Settings.Deployment));
        var candidate = await CandidateAsync(parsed, deployment, cancellation);
        // To the error output where the other one is a program's.
        foreach (var line in candidate.Words(deployment.Tokens)) (json ? Console.Error : Console.Out).WriteLine(line);
        if (why is not null) (json ? Console.Error : Console.Out).WriteLine($"REFUSED    {Inert.Of(why, Node.Pipeline.Candidates.MostWhy)}");
        if (dryRun)
        {
            if (json) JsonOutput.Print(new SignForm(null, null, candidate.Form()));
            return;
        }

        using var signer = await SignerAsync(settings, cancellation);
        if (!candidate.Attestors.Contains(signer.Address))
            throw new VerbException(ExitCode.Refused, $"{Settings.AttestorKeys.Key}: {signer.Address.ToChecksumString()} is none of the vault's attestors: {string.Join(", ", candidate.Attestors.Select(attestor => attestor.ToChecksumString()))}.");
        Asking.Confirm(parsed.GetValue(Yes), $"sign {(why is null ? "this" : "that this is refused")} as {signer.Address.ToChecksumString()}?");
        var data = why is null
            ? ProposalTypedData.Of(candidate.Id.ChainId, candidate.Id.Vault, candidate.Proposal)
            : RefusalTypedData.Of(candidate.Id.ChainId, candidate.Id.Vault, candidate.Digest, why);
        var word = new WordFile(candidate.Digest, signer.Address, why, (await signer.SignTypedDataAsync(data, cancellation)).ToArray());
        PrivateFile.Write(path ?? throw new InvalidOperationException("The file was asked for before."), word.ToText());
        if (json) JsonOutput.Print(new SignForm(path, word.Form(), candidate.Form()));
        else Console.WriteLine($"{(why is null ? "signed" : "refused"),-10} by {signer.Address.ToChecksumString()}, written to {Inert.Of(path)}");
    }

    /// <summary>A word is one attestor's: of several keys nobody knows which is meant.</summary>
    private static async Task<ISigner> SignerAsync(SettingsReader settings, CancellationToken cancellation)
    {
        var keys = settings.Get(Settings.AttestorKeys).Split(',', StringSplitOptions.TrimEntries);
        if (keys.Length != 1) throw new VerbException(ExitCode.Usage, $"{Settings.AttestorKeys.Key}: it names {keys.Length} keys, and a word is one attestor's. Name one.");
        // The form was checked when the value was read.
        var source = KeySource.Find(keys[0]) ?? throw new InvalidOperationException("A key was taken that is none.");
        return await new SignerFactory(KeyAccess.Of(settings), Providers.Choose(settings.Get(Settings.Client), Clock.Real), Clock.Real).OpenAsync(Settings.AttestorKeys, source, cancellation);
    }

    private static async Task<CandidateFile> CandidateAsync(ParseResult parsed, DeploymentFile deployment, CancellationToken cancellation) =>
        CandidateFile.Parse(await ReadAsync("file", parsed.GetValue(File) ?? string.Empty, CandidateFile.MostBytes, cancellation), deployment.Watched.Id);
}
