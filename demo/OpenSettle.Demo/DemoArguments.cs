using System.Globalization;
using OpenSettle.Demo.Stage;

namespace OpenSettle.Demo;

/// <summary>What ./demo.sh was asked for.</summary>
internal sealed record DemoArguments(bool Once, bool Json, bool Quorum, int? Port, int? RpcPort, string Client)
{
    public static DemoArguments Parse(IReadOnlyList<string> args)
    {
        var result = new DemoArguments(false, false, false, null, null, "auto");
        for (var i = 0; i < args.Count; i++)
        {
            string Value() => i + 1 < args.Count ? args[++i] : throw Wrong($"{args[i]} wants a value");
            result = args[i] switch
            {
                "--once" => result with { Once = true },
                "--json" => result with { Json = true },
                "--quorum" => result with { Quorum = true },
                "--port" => result with { Port = PortOf("--port", Value()) },
                "--rpc-port" => result with { RpcPort = PortOf("--rpc-port", Value()) },
                "--client" => result with { Client = ClientOf(Value()) },
                _ => throw Wrong($"'{args[i]}' is not known"),
            };
        }

        return result.Json && !result.Once ? throw Wrong("--json goes with --once") : result;
    }

    private static int PortOf(string flag, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536
            ? port
            : throw Wrong($"{flag}: '{text}' is not a port from 1 to 65535");

    private static string ClientOf(string text) =>
        text is "auto" or "builtin" or "nethereum" ? text : throw Wrong($"--client: '{text}' is not auto, builtin or nethereum");

    private static StageException Wrong(string what) => new(
        StageException.Usage, $"{what}. Usage: ./demo.sh [--quorum] [--once [--json]] [--port API_PORT] [--rpc-port CHAIN_PORT] [--client auto|builtin|nethereum]");
}
