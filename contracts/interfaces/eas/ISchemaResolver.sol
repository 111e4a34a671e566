// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Attestation} from "./IEAS.sol";

/// @title What EAS asks of a schema's resolver
/// @notice EAS declares the four callbacks payable. A resolver that takes no money leaves that out: the selectors are the
/// same, and EAS sends nothing where `isPayable` says no.
interface ISchemaResolver {
    function isPayable() external pure returns (bool);

    function version() external pure returns (string memory);

    function attest(Attestation calldata attestation) external returns (bool);

    function multiAttest(Attestation[] calldata attestations, uint256[] calldata values) external returns (bool);

    function revoke(Attestation calldata attestation) external returns (bool);

    function multiRevoke(Attestation[] calldata attestations, uint256[] calldata values) external returns (bool);
}
