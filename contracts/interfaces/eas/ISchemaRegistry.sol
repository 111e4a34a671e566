// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title The one function of EAS's schema registry that OpenSettle calls
interface ISchemaRegistry {
    /// @notice Registers a schema; its uid is keccak256(abi.encodePacked(schema, resolver, revocable)).
    function register(string calldata schema, address resolver, bool revocable) external returns (bytes32);
}
