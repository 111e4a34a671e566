using System.Collections;
using System.CommandLine;
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
        Description = "JSON file of settings",
        HelpName = "FILE",
    };

    /// <summary>Data on the output as one JSON document; all talk goes to the error output.</summary>
    public static readonly Option<bool> Json = new("--json") { Description = "print JSON" };

    /// <summary>A verb that takes these settings.</summary>
    public static Command Create(
        string name, string description, IReadOnlyList<SettingDefinition> settings, Func<SettingsReader, ParseResult, CancellationToken, Task> run, params IReadOnlyList<Symbol> more)
    {
        var command = new Command(name, description) { Config };
        var options = new List<(SettingDefinition Setting, Option<string?> Option)>();
        // Whoever asks a node may need a key for it.
        foreach (var setting in settings.Contains(Settings.Api) ? settings.Append(Settings.ApiKey).Distinct() : settings)
        {
            var remark = setting.Secret ? "file:PATH; " : string.Empty;
            var option = new Option<string?>(setting.Flag)
            {
                Description = $"{setting.Help} [{remark}{setting.EnvironmentName}{(setting.Default is { Length: > 0 } value ? $"; default {value}" : string.Empty)}]",
                HelpName = "VALUE",
            };
            options.Add((setting, option));
            command.Options.Add(option);
        }

        foreach (var symbol in more)
        {
            if (symbol is Argument argument) command.Arguments.Add(argument);
            else if (symbol is Option option) command.Options.Add(option);
        }

        command.SetAction((parsed, cancellation) => GuardAsync(() =>
        {
            var flags = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var (setting, option) in options)
            {
                if (parsed.GetValue(option) is { } value) flags[setting.Key] = value;
            }

            var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
                .ToDictionary(pair => (string)pair.Key, pair => (string?)pair.Value ?? string.Empty, StringComparer.Ordinal);
            var file = parsed.GetValue(Config) ?? environment.GetValueOrDefault("OPENSETTLE_CONFIG");
            return run(SettingsReader.Read(file, environment, flags), parsed, cancellation);
        }));
        return command;
    }

    private static async Task<int> GuardAsync(Func<Task> run)
    {
        try
        {
            await run();
            return (int)ExitCode.Done;
        }
        catch (OperationCanceledException)
        {
            return (int)ExitCode.Done;
        }
        catch (SettingsException e)
        {
            foreach (var problem in e.Problems) await SayAsync(problem);
            return (int)ExitCode.Usage;
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

    private static async Task<int> FailAsync(ExitCode code, string message)
    {
        await SayAsync(message);
        return (int)code;
    }

    private static Task SayAsync(string message) => Console.Error.WriteLineAsync($"opensettle: {message}");
}
