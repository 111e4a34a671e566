using OpenSettle.Passports;

namespace OpenSettle.Node.Passports.Cards;

/// <summary>Something to know about a card: where it stands, and what is the matter.</summary>
/// <param name="Line">Counted from 1; 0 where it is about the whole card.</param>
/// <param name="Path">Which field, like <c>model-index[0].results[2].metrics[0].value</c>.</param>
public readonly record struct CardNote(int Line, string Path, string Message)
{
    public override string ToString() => Line == 0 ? $"{Path}: {Message}" : $"line {Line}: {Path}: {Message}";
}

/// <summary>What a model card gave.</summary>
/// <param name="Document">What it says, as far as it is good.</param>
/// <param name="Faults">What is wrong in it: nothing is registered while there are any, unless a person says that they are left out.</param>
/// <param name="Omitted">What is right, and that a document does not carry.</param>
public sealed record CardReading(ModelDocument Document, IReadOnlyList<CardNote> Faults, IReadOnlyList<CardNote> Omitted);
