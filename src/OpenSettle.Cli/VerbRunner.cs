using System.Collections;
using System.CommandLine;
using OpenSettle.Cli.Help;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Node;
using OpenSettle.Node.Configuration;
using OpenSettle.Node.Pipeline;
using OpenSettle.Storage;

namespace OpenSettle.Cli;

/// <summary>What all verbs share: settings as options, and every failure as one line and a code.</summary>
internal static class VerbRunner
{
    private static readonly Option<string?> Config = new("--config")
    {
        Description = "JSON file of settings [OPENSETTLE_CONFIG]",
        HelpName = "FILE",
    };

    private static readonly Option<string?> Chain = new("--chain")
    {
        Description = "the chain that is meant, where the settings name several",
        HelpName = "NAME",
    };

    /// <summary>Data on the output as one JSON document; all talk goes to the error output.</summary>
    public static readonly Option<bool> Json = new("--json") { Description = "print JSON" };

    /// <summary>A verb that takes these settings, of one chain.</summary>
    public static Command Create(
        string name, string description, IReadOnlyList<SettingDefinition> settings, Func<SettingsReader, ParseResult, CancellationToken, Task> run, params IReadOnlyList<Symbol> more) =>
        CreateUnread(name, description, settings, (read, parsed, cancellation) => run(read(), parsed, cancellation), more);

    /// <summary>A verb that reads its settings itself, of one chain, and has something to say where they cannot be used.</summary>
    public static Command CreateUnread(
        string name, string description, IReadOnlyList<SettingDefinition> settings, Func<Func<SettingsReader>, ParseResult, CancellationToken, Task> run, params IReadOnlyList<Symbol> more)
    {
        // Where nothing that a verb takes differs between chains, it does not matter which is meant.
        var isOfProcess = settings.All(setting => setting.OfProcess);
        return CreateForAll(
            name, description, settings,
            (source, chain, parsed, cancellation) => run(
                () =>
                {
                    var set = source.Read().Require();
                    return isOfProcess && chain is null ? set.Nodes[0] : set.One(chain);
                },
                parsed, cancellation),
            more);
    }

    /// <summary>A verb that takes these settings of all chains, as they are: it says itself what is wrong with them.</summary>
    public static Command CreateForAll(
        string name, string description, IReadOnlyList<SettingDefinition> settings, Func<SettingsSource, string?, ParseResult, CancellationToken, Task> run, params IReadOnlyList<Symbol> more)
    {
        // Whoever asks a node may need a key for it.
        var options = (settings.Contains(Settings.Api) ? settings.Append(Settings.ApiKey).Distinct() : settings).Select(setting => (Setting: setting, Option: OptionOf(setting))).ToList();
        var command = new Verb(name, description) { Settings = options.ToDictionary(pair => (Option)pair.Option, pair => pair.Setting) };
        // Verbs that take no settings take no file of them.
        if (options.Count > 0) command.Options.Add(Config);
        if (settings.Any(setting => !setting.OfProcess)) command.Options.Add(Chain);
        foreach (var (_, option) in options) command.Options.Add(option);
        foreach (var symbol in more)
        {
            if (symbol is Argument argument) command.Arguments.Add(argument);
            else if (symbol is Option option) command.Options.Add(option);
        }

        command.SetAction((parsed, cancellation) => GuardAsync(WantsJson(parsed), () =>
        {
            var flags = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var (setting, option) in options)
            {
                if (parsed.GetValue(option) is { } value) flags[setting.Key] = value;
            }

            var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
                .ToDictionary(pair => (string)pair.Key, pair => (string?)pair.Value ?? string.Empty, StringComparer.Ordinal);
            var file = options.Count == 0 ? null : parsed.GetValue(Config) ?? environment.GetValueOrDefault("OPENSETTLE_CONFIG");
            var chain = command.Options.Contains(Chain) ? parsed.GetValue(Chain) : null;
            return run(new SettingsSource(file, options.Count == 0 ? new Dictionary<string, string>() : environment, flags), chain, parsed, cancellation);
        }, cancellation));
        return command;
    }

    /// <summary>Whether the verb was asked for JSON: then its errors are JSON, too.</summary>
    internal static bool WantsJson(ParseResult parsed) =>
        parsed.CommandResult.Command.Options.OfType<Option<bool>>().FirstOrDefault(option => option.Name == "--json") is { } json && parsed.GetValue(json);

    private static Option<string?> OptionOf(SettingDefinition setting)
    {
        var remark = setting.Secret ? "file:PATH; " : string.Empty;
        return new Option<string?>(setting.Flag)
        {
            Description = $"{setting.Help} [{remark}{setting.EnvironmentName}{(setting.Default is { Length: > 0 } value ? $"; default {value}" : string.Empty)}]",
            HelpName = "VALUE",
        };
    }

    private static async Task<int> GuardAsync(bool json, Func<Task> run, CancellationToken cancellation)
    {
        Task<int> FailAsync(ExitCode code, params IReadOnlyList<string> messages) => SayAsync(json, code, messages);
        try
        {
            await run();
            return (int)ExitCode.Done;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return await FailAsync(ExitCode.Stopped, "stopped before it was done.");
        }
        catch (SettingsException e)
        {
            return await FailAsync(ExitCode.Usage, e.Problems);
        }
        catch (StartRefusedException e)
        {
            return await FailAsync(ExitCode.Chain, e.Message);
        }
        catch (ChainException e)
        {
            return e.Kind == ChainErrorKind.Reverted
                ? await FailAsync(ExitCode.Refused, $"the contract refuses: {ContractErrors.Describe(e.RevertData)}")
                : await FailAsync(ExitCode.Chain, e.Message);
        }
        catch (StorageException e)
        {
            return await FailAsync(ExitCode.Storage, e.Message);
        }
        catch (SettlementHaltedException e)
        {
            return await FailAsync(ExitCode.Storage, e.Message);
        }
        catch (VerbException e)
        {
            return await FailAsync(e.Code, e.Message);
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            return await FailAsync(ExitCode.Usage, $"listen: {e.Message} Set {Settings.Listen.Flag} to a free port, or to port 0 for any.");
        }
        catch (Exception e)
        {
            return await FailAsync(ExitCode.Fault, $"this should not happen; please report it with what follows.{Environment.NewLine}{e}");
        }
    }

    internal static async Task<int> SayAsync(bool json, ExitCode code, IReadOnlyList<string> messages)
    {
        if (json) await Console.Error.WriteLineAsync(JsonOutput.Error(code, messages));
        else foreach (var message in messages) await Console.Error.WriteLineAsync($"opensettle: {message}");
        return (int)code;
    }
}
