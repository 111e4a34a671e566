using System.Globalization;
using OpenSettle.Passports;
using OpenSettle.Registry;

namespace OpenSettle.Cli;

/// <summary>Passports as a node hands them out.</summary>
internal static class PassportApi
{
    public static async Task<PassportFile> PassportAsync(this NodeApi api, ModelId model, ulong? block, CancellationToken cancellation)
    {
        var path = $"api/v1/models/{model}/passport{(block is { } number ? $"?block={number.ToString(CultureInfo.InvariantCulture)}" : string.Empty)}";
        var bytes = await api.GetBytesAsync(path, cancellation)
            ?? throw new VerbException(ExitCode.Refused, $"the node knows no model {model}{(block is null ? string.Empty : " as of that block")}, or gives no passports.");
        try
        {
            var file = PassportJson.Read(bytes);
            return file.Passport.Model == model ? file : throw new VerbException(ExitCode.Api, $"api: the node answers with the passport of {file.Passport.Model}.");
        }
        catch (PassportFormatException e)
        {
            throw new VerbException(ExitCode.Api, $"api: the node's passport cannot be read: {e.Message}", e);
        }
    }
}
