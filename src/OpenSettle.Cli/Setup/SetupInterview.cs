using System.Globalization;
using OpenSettle.Cli.Screen;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node.Configuration;

namespace OpenSettle.Cli.Setup;

/// <summary>
/// Comes to a plan: what flags and variables say is taken, the rest is asked for, or taken as it usually is. Each answer is tried
/// (endpoints are asked, keys are opened) before the next question.
/// </summary>
/// <param name="questions">Null where nobody is asked.</param>
/// <param name="takesDefaults">Whether what is not said is taken as it usually is.</param>
internal sealed class SetupInterview(SettingsReader settings, string folder, Questions? questions, bool takesDefaults)
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly List<string> _remarks = [];
    private readonly IChainProvider _provider = Providers.Choose(settings.Get(Settings.Client), Clock.Real);
    private readonly TimeSpan _timeout = TimeSpan.FromSeconds(int.Parse(settings.Get(Settings.RpcTimeoutSeconds), CultureInfo.InvariantCulture));

    /// <param name="keys">How the node gets its keys: new, existing or remote; null: it is asked.</param>
    /// <param name="attestors">How many attestors' keys are made; null: as many as the vault wants signatures.</param>
    public async Task<SetupPlan> RunAsync(string? keys, int? attestors, CancellationToken cancellation)
    {
        RequireAnswers(keys);
        TakeGiven();
        var chain = await ChainAsync(cancellation);
        var threshold = await DeploymentAsync(chain, cancellation);
        Finality(chain);
        if (!Has(Settings.DataDir)) Put(Settings.DataDir, Path.Combine(folder, "data"));
        await SimpleAsync(Settings.EpochSeconds, "seconds that a payment waits for others before its epoch closes", cancellation);
        await SimpleAsync(Settings.Listen, "address of the API", cancellation);
        var room = new SetupKeys(settings, folder, questions, takesDefaults, _provider, _values, _remarks);
        var (made, password) = await room.RunAsync(keys, attestors ?? (int)threshold, cancellation);
        // In the order of the help, which is the order of what one reads first.
        return new SetupPlan(folder, [.. Settings.All.Where(setting => _values.ContainsKey(setting.Key)).Select(setting => (setting.Key, _values[setting.Key]))])
        {
            Keys = made, Password = password, Remarks = _remarks,
        };
    }

    /// <summary>Where nobody is asked and nothing is taken for granted, all that is missing is told at once.</summary>
    private void RequireAnswers(string? keys)
    {
        if (questions is not null || takesDefaults) return;
        var missing = new[] { Settings.Rpc, Settings.Deployment, Settings.EpochSeconds, Settings.Listen }.Where(setting => !Has(setting)).Select(setting => Missing(setting, setting.Default)).ToList();
        if (keys is null && !(Has(Settings.OperatorKey) && Has(Settings.AttestorKeys)))
            missing.Add($"{Settings.OperatorKey.Key} and {Settings.AttestorKeys.Key} are not set. Give {Settings.OperatorKey.Flag} and {Settings.AttestorKeys.Flag}, or --keys new.");
        if (missing.Count > 0) throw new SettingsException(["nobody is there to be asked: give --yes to take what is usual, --ask where answers come by lines, or what is missing:", .. missing]);
    }

    /// <summary>A secret that is written out stays where it is: what the file gets is where it can be found.</summary>
    private void TakeGiven()
    {
        foreach (var setting in Settings.ForRun)
        {
            if (settings.Told(setting) is not { Layer: not SettingLayer.Default } told) continue;
            if (!setting.Secret) _values[setting.Key] = IsPath(setting) ? Path.GetFullPath(told.Value) : told.Value;
            else if (told.File is { } file) _values[setting.Key] = $"file:{Path.GetFullPath(file)}";
            else if (setting.IsReference?.Invoke(told.Value) == true) _values[setting.Key] = SetupKeys.Absolute(told.Value);
            else _remarks.Add($"{setting.Key} is not written down: it comes from {told.Origin}, and has to come from there when the node runs.");
        }
    }

    private static bool IsPath(SettingDefinition setting) => setting == Settings.Deployment || setting == Settings.DataDir || setting == Settings.UsageMapping;

    private async Task<SetupChain> ChainAsync(CancellationToken cancellation)
    {
        var isGiven = Has(Settings.Rpc);
        while (true)
        {
            var endpoints = isGiven ? settings.Get(Settings.Rpc) : await ValueAsync(Settings.Rpc, "endpoints of the chain, with commas between", cancellation);
            try
            {
                var chain = await SetupChain.AskAsync(endpoints, _provider, _timeout, cancellation);
                questions?.Say($"  chain {chain.ChainId}, block {chain.Head}");
                Put(Settings.Rpc, endpoints);
                return chain;
            }
            catch (Exception e) when (e is ChainException or VerbException && questions is not null && !isGiven)
            {
                questions.Say($"  {Inert.Of(e.Message)}");
            }
            catch (ChainException e)
            {
                throw new VerbException(ExitCode.Chain, $"rpc: {e.Message.TrimEnd('.')}. Check that the endpoint runs, and that {Settings.Rpc.Flag} names it.", e);
            }
        }
    }

    /// <returns>How many signatures the vault wants.</returns>
    private async Task<uint> DeploymentAsync(SetupChain chain, CancellationToken cancellation)
    {
        var isGiven = Has(Settings.Deployment);
        var likely = new[] { Path.Combine("deploy", "addresses", $"{chain.ChainId}.json"), "deployment.json", Path.Combine(folder, "deployment.json") }.FirstOrDefault(File.Exists);
        while (true)
        {
            var path = isGiven ? settings.Get(Settings.Deployment) : await ValueAsync(Settings.Deployment, "deployment file, as the deployment script wrote it", cancellation, likely);
            string? problem;
            try
            {
                (problem, var threshold) = await SetupChain.LookAsync(DeploymentFile.Read(path), _values[Settings.Rpc.Key], _provider, _timeout, cancellation);
                if (problem is null)
                {
                    Put(Settings.Deployment, Path.GetFullPath(path));
                    return threshold;
                }
            }
            catch (SettingsException e)
            {
                problem = e.Message;
            }

            if (questions is null || isGiven) throw new VerbException(ExitCode.Usage, problem);
            questions.Say($"  {Inert.Of(problem)}");
        }
    }

    /// <summary>Asked of the chain, not of the person.</summary>
    private void Finality(SetupChain chain)
    {
        if (Has(Settings.Finality)) return;
        if (chain.IsLocal)
        {
            Put(Settings.Finality, "1");
            return;
        }

        if (chain.HasFinalized) return;
        Put(Settings.Finality, "64");
        _remarks.Add($"finality is 64 blocks: the endpoint does not say what is final. Set it to what is right for chain {chain.ChainId}.");
    }

    private async Task SimpleAsync(SettingDefinition setting, string question, CancellationToken cancellation)
    {
        if (!Has(setting)) Put(setting, await ValueAsync(setting, question, cancellation));
    }

    /// <summary>Of the person, or the default; where there is neither, it says what is missing.</summary>
    private Task<string> ValueAsync(SettingDefinition setting, string question, CancellationToken cancellation, string? likely = null)
    {
        var usual = likely ?? setting.Default;
        if (takesDefaults && usual is not null) return Task.FromResult(usual);
        return questions is null ? throw new VerbException(ExitCode.Usage, Missing(setting, usual)) : questions.AskAsync($"{setting.Key}: {question}", usual, setting.Problem, cancellation);
    }

    private static string Missing(SettingDefinition setting, string? usual) =>
        $"{setting.Key} is not set ({setting.Help}). Set it by {setting.Flag} or {setting.EnvironmentName}{(usual is null ? string.Empty : $"; usual is {usual}")}.";

    private bool Has(SettingDefinition setting) => settings.Told(setting) is { Layer: not SettingLayer.Default };

    private void Put(SettingDefinition setting, string value) => _values[setting.Key] = value;
}
