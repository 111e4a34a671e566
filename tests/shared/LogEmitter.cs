using System.Globalization;

namespace OpenSettle.Tests.Shared;

/// <summary>
/// A contract of a few bytes that emits what it is told to, put at any address with anvil_setCode (hardhat_setCode): so many logs
/// with three topics. Their data begin with the number of the log, counted down.
/// </summary>
internal static class LogEmitter
{
    /// <summary>
    /// Called with five words: count, three topics, length of the data. It loops: stores the count, pushes topics, length and
    /// offset, logs, counts down, and jumps back while something is left.
    /// </summary>
    public const string Code = "0x6000355b806000526060356040356020356080356000a3600190038060035700";

    /// <summary>Gas that is enough for a call.</summary>
    public static string Gas(int logs, int dataLength) => Hexadecimal(60_000 + logs * (2_200 + 9 * dataLength));

    /// <summary>The data of a call.</summary>
    /// <param name="topics">Three words, in 64 hexadecimal digits each.</param>
    public static string Call(int logs, IReadOnlyList<string> topics, int dataLength) => $"0x{Word(logs)}{topics[0]}{topics[1]}{topics[2]}{Word(dataLength)}";

    /// <summary>A word with a number.</summary>
    public static string Word(int number) => number.ToString("x64", CultureInfo.InvariantCulture);

    private static string Hexadecimal(int number) => $"0x{number.ToString("x", CultureInfo.InvariantCulture)}";
}
